"""WARC 1.1 (ISO 28500:2017): writing captures, and reading them back.

- :mod:`~pressmark.warc.member` one gzip member a record
- :mod:`~pressmark.warc.records` what each record says
- :mod:`~pressmark.warc.writer` one file an invocation
- :mod:`~pressmark.warc.stored` where a capture is in a file, and what its records state: rows are made of it
- :mod:`~pressmark.warc.stream` the records of a file, read strictly
- :mod:`~pressmark.warc.reader` the captures of a file, from the file alone
"""
