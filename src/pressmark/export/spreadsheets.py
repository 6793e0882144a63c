"""Keeps spreadsheets from running the cells of CSV and TSV files as formulas (CWE-1236)."""

import re

# What begins a formula, in full width, too, after blanks and quotes that programs ignore. A semicolon or tab within a
# cell begins another cell if the program's separator is not the file's (Excel takes it from the locale).
_FORMULA = re.compile(r"(^|[;\t\r\n])([ \xa0\u3000\ufeff\u200b\"']*+)(?=[=+@\uff1d\uff0b\uff0d\uff20-])")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")


def cell(value: str, *, numbers: bool = False) -> str:
    """Return a cell's text, with an apostrophe before what a spreadsheet would run.

    numbers: whether numbers stay as they are, negative ones as well.
    """
    if numbers and _NUMBER.fullmatch(value):
        return value
    value = _FORMULA.sub(r"\1\2'", value)
    return f"'{value}" if value[:1] in ("\t", "\r") else value
