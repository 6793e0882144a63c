"""One small file for each field of the article: it chooses among what the sources found."""
