# SPDX-License-Identifier: BSD-3-Clause
"""Command line: ``python -m benchmarks [family] [--scale S|M|L] [...]``."""

import argparse
import sys
from collections.abc import Sequence

from benchmarks._case import DEVICES, SCALES, Case, family_names, load_cases
from benchmarks._report import INSTALL_PEERS, environment, markdown, write
from benchmarks._runner import run_cases
from skx._backend.cuda import device_status


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Time skx and its peers side by side; exit 1 when a case fails.",
    )
    names = family_names()
    parser.add_argument("family", nargs="?", help=f"one of {', '.join(names)}; or all")
    parser.add_argument("--scale", choices=SCALES, default="S", help="default: S")
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
    if options.device == "cuda" and device_status().startswith("none"):
        parser.error(f"CUDA device: {device_status()}")
    if options.family is not None and options.family not in names:
        parser.error(
            f"unknown family {options.family!r}; choose from {', '.join(names)}"
        )
    options.cases = {}
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
    """Run the chosen families; 1 when any case failed, else 0."""
    options = _parse(arguments)
    done = [
        _run_family(family, options.scale, options.device, cases, keep=not options.only)
        for family, cases in options.cases.items()
        if cases
    ]
    return 0 if all(done) else 1


if __name__ == "__main__":
    sys.exit(main())
