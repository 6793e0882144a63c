"""One small file for each place where pages state facts about themselves. A new source is a new file here."""
