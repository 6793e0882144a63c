"""The archive: WARC files in S3, and the table that says where in them each capture is.

Knows nothing of who calls it. Rows are a pure function of what the WARC files hold
(:mod:`~pressmark.archive.rows`); keys and access patterns are in :mod:`~pressmark.archive.keys`.
"""
