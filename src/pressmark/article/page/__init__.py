"""A page, parsed once for every reader, and what readers need to understand what stands on it."""
