# SPDX-License-Identifier: BSD-3-Clause
"""The part that runs in a fresh process for each measurement of each case.

``python -m benchmarks._child FAMILY SCALE DEVICE CASE MODE FILE`` writes JSON to FILE;
MODE is ``time`` (both sides, interleaved) or one side's name (first call, memory).
"""

import gc
import json
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks._case import Case, load_cases
from benchmarks._memory import extra_peak_mib, max_rss_mib

BUDGET_S = 20.0  # a slow case stops here, after FEWEST rounds at least
SETTLE_S = 3.0  # a fast case goes on to here, for a steadier median
FEWEST, ENOUGH, MOST = 3, 5, 200

Side = Callable[[Any], Any]


def _timed(run: Side, data: Any) -> tuple[float, float, Any]:
    """Wall seconds, CPU seconds of all threads, result."""
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    result = run(data)
    return time.perf_counter() - wall, time.process_time() - cpu, result


def _is_done(rounds: int, elapsed: float) -> bool:
    if rounds < ENOUGH:
        return rounds >= FEWEST and elapsed > BUDGET_S
    return elapsed > SETTLE_S or rounds >= MOST


def measure_time(case: Case) -> dict[str, Any]:
    """Warm each side up and check the answers, then time the sides in turn."""
    data, sides = case.make(), case.sides()
    answers = [run(data) for run in sides.values()]
    if case.check is not None and len(answers) == 2:
        case.check(*answers)
    del answers
    # Each collection before a call would walk through all that the libraries hold, and
    # leave caches full of it.
    gc.collect()
    gc.freeze()
    timings: dict[str, Any] = {side: {"wall_s": [], "cpu_s": []} for side in sides}
    rounds, start = 0, time.perf_counter()
    while not _is_done(rounds, time.perf_counter() - start):
        # Each side goes first in every other round.
        for side in list(sides)[:: -1 if rounds % 2 else 1]:
            wall, cpu, _ = _timed(sides[side], data)
            timings[side]["wall_s"].append(wall)
            timings[side]["cpu_s"].append(cpu)
        rounds += 1
    return timings


def measure_alone(case: Case, side: str) -> dict[str, Any]:
    """First call in this process, then the peak memory of a second call."""
    data, run = case.make(), case.sides()[side]
    before = max_rss_mib()
    first_call_s = _timed(run, data)[0]
    after = max_rss_mib()
    peak, method = extra_peak_mib(lambda: run(data)), "VmHWM of a warm call"
    if peak is None and before is not None and after is not None:
        # Without a reset only the first call can raise the peak: the figure
        # then holds imports and compilation too.
        peak, method = after - before, "ru_maxrss of the first call"
    return {
        "first_call_s": first_call_s,
        "peak_mib": peak,
        "peak_method": method if peak is not None else None,
    }


def main(family: str, scale: str, device: str, name: str, mode: str, file: str) -> None:
    """Measure one case; a failure is reported as ``{"error": ...}``."""
    cases = load_cases(family, scale, device)
    case = next(case for case in cases if case.name == name)
    try:
        found = measure_time(case) if mode == "time" else measure_alone(case, mode)
    except Exception as error:
        traceback.print_exc()
        found = {"error": f"{type(error).__name__}: {error}"}
    Path(file).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
