"""Whether a host may be asked, and when: robots.txt, a host's turns, and one delivery at a time for a page."""
