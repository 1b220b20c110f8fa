# SPDX-License-Identifier: BSD-3-Clause
"""P-values that studies print, and what is left of them for their number."""

import re
from decimal import Decimal
from typing import NamedTuple

from benchmarks._contests import read_tables
from skx.model_selection import holm_correction

LEVEL = 0.05
# What the studies with p-values test; the text of a file says more.
TESTS = {
    "multitask": (
        "corrected resampled t-tests (Nadeau and Bengio) of a method against RMTGB on "
        "ten splits of a table; the tests over tables are above"
    ),
    "rules-defaults": (
        "Wilcoxon's signed-rank tests over tables of a variant against the defaults; "
        "wins and losses on a table are by the corrected resampled t-test at 5 %, each "
        "by itself"
    ),
    "presto": (
        "one-sided paired t-tests of simulated samples, which are independent, and "
        "corrected resampled t-tests of splits of one table"
    ),
}
_NUMBER = r"\d+(?:\.\d+)?(?:e-?\d+)?"


class Claims(NamedTuple):
    """How many p-values of a file are below the level."""

    number: int
    alone: int
    adjusted: int  # by Holm's method, for all of the file


def printed_p_values(text: str) -> list[float]:
    """P-values in columns ``p``, and behind a ``p`` in cells, rounded up."""
    found = []
    for table in read_tables(text):
        for line in table.lines:
            for name, cell in zip(table.header, line, strict=False):
                pattern = f"({_NUMBER})" if name == "p" else rf"\bp ({_NUMBER})"
                if match := re.search(pattern, cell):
                    value = Decimal(match[1])
                    # Printed as 0.056, it may have been 0.0565.
                    unit = Decimal((0, (1,), int(value.as_tuple().exponent)))
                    found.append(min(1.0, float(value + unit / 2)))
    return found


def count_claims(text: str) -> Claims:
    """Count the p-values of a study that are below 0.05, before and after Holm."""
    p_values = printed_p_values(text)
    adjusted = holm_correction(p_values) if p_values else []
    below = [sum(float(p) < LEVEL for p in ps) for ps in (p_values, adjusted)]
    return Claims(len(p_values), *below)
