"""One module a command. Each has ``command`` (click) and ``SECTION``, its heading on the help page."""
