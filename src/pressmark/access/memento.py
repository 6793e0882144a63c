"""Memento (RFC 7089): TimeGate, TimeMaps and mementos below ``/web/``."""

from pressmark.access.routes import Route

ROUTES: tuple[Route, ...] = ()
