"""One small file for each field of the article, which chooses its value from what the sources found."""
