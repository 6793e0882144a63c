"""Looks after an archive: rebuild, verify, import, takedown."""
