# SPDX-License-Identifier: BSD-3-Clause
"""Small tables as text and as HTML, for what results show of themselves."""

from collections.abc import Sequence
from html import escape


def as_text(lines: Sequence[Sequence[str]], *, names: bool = False) -> str:
    """Return a table as text: numbers to the right, a first column of names left."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  "
        + "  ".join(
            cell.ljust(width) if names and j == 0 else cell.rjust(width)
            for j, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


def as_html(lines: Sequence[Sequence[str]]) -> str:
    """Return a table as HTML; the first line is its head."""
    head, *body = (
        "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in line)
        for line, tag in zip(lines, ["th", *["td"] * len(lines)], strict=False)
    )
    rows = "".join(f"<tr>{line}</tr>" for line in body)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
