# SPDX-License-Identifier: BSD-3-Clause
"""What single calls cost by the number of rows, and what that makes of more rows."""

from typing import Any, NamedTuple

from benchmarks._results import Document
from benchmarks._statistics import growth_exponents


class Growth(NamedTuple):
    """One call at several numbers of rows."""

    task: str
    seconds: dict[int, float]
    exponent: float  # between the two largest
    bytes_a_row: float | None  # peak memory of the largest

    def extrapolate(self, n: int) -> float:
        """Seconds at n rows, if the exponent stays what it was."""
        largest = max(self.seconds)
        return self.seconds[largest] * float((n / largest) ** self.exponent)


def growth_of_calls(document: Document) -> list[Growth]:
    """One entry for each task with two sizes, in the order of the file."""
    found: dict[str, dict[int, dict[str, Any]]] = {}
    for row in document.rows:
        if row["error"] is None:
            sizes = found.setdefault(row["task"], {})
            sizes[row["params"]["n"]] = row["sides"]["skx"]
    growths = []
    for task, sizes in found.items():
        if len(sizes) < 2:
            continue
        seconds = {n: sizes[n]["median_wall_s"] for n in sorted(sizes)}
        largest = max(sizes)
        peak = sizes[largest]["peak_mib"]
        memory = None if peak is None else peak * 2**20 / largest
        exponent = growth_exponents(seconds)[largest]
        growths.append(Growth(task, seconds, exponent, memory))
    return growths
