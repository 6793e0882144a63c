"""One HTTP exchange: which hosts may be requested, the bytes sent and received, and how a body is decoded."""
