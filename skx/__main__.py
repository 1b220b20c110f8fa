# SPDX-License-Identifier: BSD-3-Clause
"""The command line: ``python -m skx {demo,info,warmup}``."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import skx
from skx import _commands
from skx._info import kernel_cache, show_versions
from skx._optional import require


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m skx",
        description="scikit-learn-style estimators for the tabular problems that "
        "scikit-learn leaves open.",
    )
    parser.add_argument("--version", action="version", version=f"skx {skx.__version__}")
    commands = parser.add_subparsers(title="commands", dest="command")

    known = f"one of: {', '.join(_commands.families())}; all if none is named"
    demo = commands.add_parser(
        "demo", help="compare families with what scikit-learn users do today"
    )
    demo.add_argument("family", nargs="*", help=known)
    demo.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="write the plots (PNG) and one self-contained page, index.html, to DIR",
    )
    demo.add_argument("--quick", action="store_true", help="make do with less data")

    commands.add_parser("info", help="print versions, threads, kernel cache and GPU")

    warmup = commands.add_parser(
        "warmup", help="compile the kernels, as in the build of a container image"
    )
    warmup.add_argument("family", nargs="*", help=known)

    arguments = parser.parse_args(argv)
    if arguments.command == "demo":
        return _demo(demo, arguments)
    if arguments.command == "warmup":
        return _warmup(warmup, arguments)
    if arguments.command == "info":
        show_versions()
    else:
        parser.print_help()
    return 0


def _demo(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    out = arguments.out
    try:
        names = _commands.select_families(arguments.family or None)
        if not names:
            raise ValueError("No family of this installation has a demo.")
        if out is not None:
            require("matplotlib", "--out")
            out.mkdir(parents=True, exist_ok=True)
    except (ValueError, ModuleNotFoundError) as error:
        parser.error(str(error))
    except OSError as error:
        parser.error(f"--out {out} is no folder and cannot become one: {error}")
    failed = _commands.run_demo(names, out=out, quick=arguments.quick)
    if out is not None:
        print(f"Wrote {out / 'index.html'}")
    if failed:
        print(f"Failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _warmup(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    try:
        names = _commands.select_families(arguments.family or None)
    except ValueError as error:
        parser.error(str(error))
    _commands.warmup(names, verbose=True)
    print(f"kernel cache: {kernel_cache()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
