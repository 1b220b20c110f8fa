# SPDX-License-Identifier: BSD-3-Clause
"""Figures derived from the timings of the cases."""

from itertools import pairwise
from math import log
from statistics import median, quantiles
from typing import Any


def time_ratio(skx: list[float], peer: list[float]) -> dict[str, float]:
    """Ratio of the medians, peer / skx, and the quartiles of the paired ratios."""
    pairs = [theirs / ours for ours, theirs in zip(skx, peer, strict=True)]
    lower, _, upper = quantiles(pairs, n=4, method="inclusive")
    return {"ratio": median(peer) / median(skx), "lower": lower, "upper": upper}


def verdict(goal: float, wall: dict[str, float]) -> str:
    """Tell whether the ratio reaches the goal, and whether both quartiles agree."""
    met = wall["ratio"] >= goal
    sure = all((wall[quartile] >= goal) == met for quartile in ("lower", "upper"))
    return ("met" if met else "not met") + ("" if sure else " (noisy)")


def verdict_within(most: float, values: list[float]) -> str:
    """Tell whether the median stays within the most wanted, and both quartiles too."""
    if len(values) == 1:
        values = values * 2
    lower, middle, upper = quantiles(values, n=4, method="inclusive")
    met = middle <= most
    sure = all((value <= most) == met for value in (lower, upper))
    return ("met" if met else "not met") + ("" if sure else " (noisy)")


def growth_exponents(times: dict[Any, float]) -> dict[Any, float]:
    """Slope of log time over log size, from each size to the next larger one."""
    return {
        large: log(times[large] / times[small]) / log(large / small)
        for small, large in pairwise(sorted(times))
    }


def add_growth(rows: list[dict[str, Any]]) -> None:
    """Set ``growth`` of each side in every row that has a next smaller row."""
    series: dict[Any, dict[float, dict[str, Any]]] = {}
    for row in rows:
        size = row["params"].get(row["growth_key"])
        if size is None:
            continue
        rest = {k: v for k, v in row["params"].items() if k != row["growth_key"]}
        for side, figures in row["sides"].items():
            peer = row["peer"] if side == "peer" else None
            key = (row["task"], side, peer, repr(rest))
            series.setdefault(key, {})[size] = figures
    for sizes in series.values():
        medians = {size: figures["median_wall_s"] for size, figures in sizes.items()}
        for size, exponent in growth_exponents(medians).items():
            sizes[size]["growth"] = exponent
