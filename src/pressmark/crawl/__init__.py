"""One batch, from the queue to the archive."""
