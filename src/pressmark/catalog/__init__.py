"""The open table: the archive's rows and texts as Parquet files, which Athena, DuckDB, Polars and Spark read.

docs/catalog.md describes it; docs/decisions/d27 says why it is as it is.
"""
