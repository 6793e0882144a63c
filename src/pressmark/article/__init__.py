"""What an article says about itself, and its text: ``extract(html, url) -> Article``."""
