"""Keeping an archive right: rebuilt, verified, imported into, and what was taken down."""
