"""The archive over HTTP: one application, at home in a Lambda function and on one machine (docs/access.md)."""
