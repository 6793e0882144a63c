"""Numbers in sentences."""


def counted(number: int, noun: str) -> str:
    """Write a number with what it counts: ``1 row``, ``2 rows``, ``1,000 rows``. noun: one whose plural ends in s."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
