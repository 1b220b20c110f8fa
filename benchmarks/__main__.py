# SPDX-License-Identifier: BSD-3-Clause
"""Command line: ``python -m benchmarks [family | --all] [--report] [...]``."""

import argparse
import sys
from collections.abc import Sequence
from importlib.util import find_spec

from benchmarks._case import DEVICES, SCALES, Case, family_names, load_cases
from benchmarks._contests import StudyError
from benchmarks._page import write_report
from benchmarks._report import INSTALL_PEERS, environment, markdown, write
from benchmarks._results import ResultError
from benchmarks._runner import run_cases
from skx._backend.cuda import device_status


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Time skx and its peers side by side; exit 1 when a case fails.",
    )
    names = family_names()
    parser.add_argument("family", nargs="?", help=f"one of {', '.join(names)}")
    parser.add_argument(
        "--all", action="store_true", help="every family, as without any argument"
    )
    parser.add_argument(
        "--report",
        action="store_true",
        help="write results/report.md on all result files; alone, run nothing",
    )
    parser.add_argument("--scale", choices=SCALES, help="default: S")
    parser.add_argument(
        "--only",
        metavar="TEXT",
        default="",
        help="run the cases with TEXT in their name, and write no files",
    )
    parser.add_argument(
        "--device",
        choices=DEVICES,
        default="cpu",
        help="cuda: time skx with arrays on the GPU against skx on the host",
    )
    options = parser.parse_args(arguments)
    runs = options.all or options.family is not None or not options.report
    if options.all and options.family is not None:
        parser.error("a family and --all; leave one of them out")
    if options.report and options.only:
        parser.error(
            "--only writes no files to report on; leave --only or --report out"
        )
    if not runs and (options.scale or options.device != "cpu"):
        parser.error(
            "--report alone runs nothing, so that --scale and --device say nothing; "
            "add a family or --all"
        )
    if options.report and find_spec("matplotlib") is None:
        parser.error('--report draws with matplotlib; run pip install "skx[plot]"')
    if options.device == "cuda" and device_status().startswith("none"):
        parser.error(f"CUDA device: {device_status()}")
    if options.family is not None and options.family not in names:
        parser.error(
            f"unknown family {options.family!r}; choose from {', '.join(names)}"
        )
    options.scale = options.scale or "S"
    options.cases = {}
    if not runs:
        return options
    for name in names if options.family is None else [options.family]:
        cases = load_cases(name, options.scale, options.device)
        options.cases[name] = [case for case in cases if options.only in case.name]
    if not any(options.cases.values()):
        parser.error(f"no case at scale {options.scale} has {options.only!r} in it")
    return options


def _run_family(
    family: str, scale: str, device: str, cases: list[Case], keep: bool
) -> bool:
    """Run, report, and tell whether every case gave figures."""
    missing = {name for case in cases if case.peer for name in case.peer.missing()}
    if missing:
        print(
            f"Skipped peers: {', '.join(sorted(missing))} not installed; "
            f"run {INSTALL_PEERS} to compare with them.",
            file=sys.stderr,
        )
    env = environment(cases, device)
    rows = run_cases(family, scale, cases, device)
    table = markdown(family, scale, env, rows)
    print(table)
    if keep:
        print(f"Wrote {write(family, scale, env, rows, table)}", file=sys.stderr)
    return all(row["error"] is None for row in rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chosen families and report; 1 when any of it failed, else 0."""
    options = _parse(arguments)
    done = [
        _run_family(family, options.scale, options.device, cases, keep=not options.only)
        for family, cases in options.cases.items()
        if cases
    ]
    if options.report:
        try:
            print(f"Wrote {write_report()}", file=sys.stderr)
        except (ResultError, StudyError) as error:
            print(error, file=sys.stderr)
            return 1
    return 0 if all(done) else 1


if __name__ == "__main__":
    sys.exit(main())
