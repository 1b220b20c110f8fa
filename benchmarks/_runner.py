# SPDX-License-Identifier: BSD-3-Clause
"""Runs the cases of a family, each measurement in a process of its own."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks._case import Case
from benchmarks._statistics import add_growth, time_ratio, verdict, verdict_within

ROOT = Path(__file__).parents[1]
LIMIT_S = 1800  # for one child process


class MeasurementError(Exception):
    """A child process ended without figures."""


def _measure(family: str, scale: str, device: str, case: Case, mode: str) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "figures.json")
        words = [sys.executable, "-m", "benchmarks._child", family, scale, device]
        try:
            # What a library prints must not mix with the table on stdout.
            ended = subprocess.run(
                [*words, case.name, mode, str(file)],
                cwd=ROOT,
                stdout=sys.stderr,
                timeout=LIMIT_S,
            )
        except subprocess.TimeoutExpired:
            raise MeasurementError(f"No result within {LIMIT_S} s.") from None
        if ended.returncode or not file.exists():
            raise MeasurementError(f"Process ended with code {ended.returncode}.")
        found = json.loads(file.read_text(encoding="utf-8"))
    if "error" in found:
        raise MeasurementError(found["error"])
    return found


def _run_sides(
    family: str, scale: str, device: str, case: Case
) -> dict[str, dict[str, Any]]:
    """Measure the timings, first call and memory of each side."""
    sides = _measure(family, scale, device, case, "time")
    for side, figures in sides.items():
        figures["median_wall_s"] = median(figures["wall_s"])
        figures["median_cpu_s"] = median(figures["cpu_s"])
        # After the timed run, so that compiled kernels are in numba's cache.
        figures |= _measure(family, scale, device, case, side)
    return sides


def run_case(
    family: str, scale: str, case: Case, device: str = "cpu"
) -> dict[str, Any]:
    """One row of the results; ``error`` tells why it has no figures."""
    row: dict[str, Any] = {
        "case": case.name,
        "task": case.task,
        "params": case.params,
        "growth_key": case.growth_key,
        "peer": None if case.peer is None else case.peer.name,
        "peer_missing": [] if case.peer is None else case.peer.missing(),
        "goal": case.goal,
        "most_s": case.most_s,
        "most_mib": case.most_mib,
        "error": None,
        "sides": {},
    }
    try:
        sides = row["sides"] = _run_sides(family, scale, device, case)
    except MeasurementError as error:
        row["error"] = str(error)
        return row
    results = []
    if "peer" in sides:
        skx, peer = sides["skx"], sides["peer"]
        row["wall_ratio"] = time_ratio(skx["wall_s"], peer["wall_s"])
        if skx["median_cpu_s"] > 0:  # a coarse clock may show nothing
            row["cpu_ratio"] = peer["median_cpu_s"] / skx["median_cpu_s"]
        if case.goal is not None:
            results.append(verdict(case.goal, row["wall_ratio"]))
    if case.most_s is not None:
        results.append(verdict_within(case.most_s, sides["skx"]["wall_s"]))
    peak = sides["skx"]["peak_mib"]
    if case.most_mib is not None:
        known = peak is not None
        results.append(verdict_within(case.most_mib, [peak]) if known else "unknown")
    if results:
        row["result"] = ", ".join(results)
    return row


def run_cases(
    family: str, scale: str, cases: list[Case], device: str = "cpu"
) -> list[dict[str, Any]]:
    """Rows of the results, with progress on stderr."""
    rows = []
    for number, case in enumerate(cases, start=1):
        print(f"[{number}/{len(cases)}] {family}: {case.name}", file=sys.stderr)
        rows.append(run_case(family, scale, case, device))
    add_growth(rows)
    return rows
