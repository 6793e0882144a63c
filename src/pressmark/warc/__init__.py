"""WARC 1.1 (ISO 28500:2017): writing captures, and reading them back.

- :mod:`~pressmark.warc.member` one gzip member a record
- :mod:`~pressmark.warc.records` what each record says
- :mod:`~pressmark.warc.writer` one file an invocation
- :mod:`~pressmark.warc.stored` where a capture stands in a file: what rows are made of
- :mod:`~pressmark.warc.stream` the records of a file, read strictly
- :mod:`~pressmark.warc.reader` what stands where, from the file alone
"""
