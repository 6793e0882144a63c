"""One module for each command, with ``command`` (click) and ``SECTION``, its heading on the help page."""
