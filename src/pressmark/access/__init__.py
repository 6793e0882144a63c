"""The archive over HTTP: one application, for a Lambda function and for a single machine (docs/access.md)."""
