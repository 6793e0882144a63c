"""The archive in the field's own formats; docs/formats.md describes each. All of them stream, whatever their size.

- :mod:`~pressmark.export.cdx` CDXJ and CDX-11
- :mod:`~pressmark.export.merge` one WARC file of many captures
- :mod:`~pressmark.export.wacz` WACZ
- :mod:`~pressmark.export.tables` CSV, JSON Lines, Parquet
- :mod:`~pressmark.export.timemap` Memento TimeMap
"""
