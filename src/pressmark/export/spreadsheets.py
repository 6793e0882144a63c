"""Keeps spreadsheets from running the cells of CSV and TSV files as formulas (CWE-1236)."""

import re

# What begins a formula, in full width too, with blanks and quotes before it that programs leave out. A semicolon or tab
# within a cell begins another one where the program's separator is not the file's (Excel takes it from the locale).
_FORMULA = re.compile(r"(^|[;\t\r\n])([ \xa0\u3000\ufeff\u200b\"']*+)(?=[=+@\uff1d\uff0b\uff0d\uff20-])")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")


def cell(value: str, *, numbers: bool = False) -> str:
    """Return a cell's text, with an apostrophe before what a spreadsheet would run.

    numbers: whether what reads as a number may be one, below zero as well.
    """
    if numbers and _NUMBER.fullmatch(value):
        return value
    value = _FORMULA.sub(r"\1\2'", value)
    return f"'{value}" if value[:1] in ("\t", "\r") else value
