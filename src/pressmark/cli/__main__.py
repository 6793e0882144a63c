"""``python -m pressmark.cli``."""

from pressmark.cli import main

main()
