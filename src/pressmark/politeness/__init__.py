"""Decides whether a host may be asked, and when: robots.txt, turns, and claims on pages."""
