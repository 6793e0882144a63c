"""URLs out of feeds and sitemaps."""
