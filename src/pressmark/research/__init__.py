"""Questions over a whole archive: search, comparison, statistics."""
