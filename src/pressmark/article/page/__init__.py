"""A page, parsed once for all readers, and what they need to understand it."""
