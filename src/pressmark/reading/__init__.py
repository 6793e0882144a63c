"""Reads articles in a process of their own, so that a page can kill only that."""
