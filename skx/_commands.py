# SPDX-License-Identifier: BSD-3-Clause
"""The work behind ``python -m skx demo`` and ``python -m skx warmup``.

A family takes part by holding a file ``_commands.py`` with three names::

    TITLE: str
    def demo(report: Report, *, quick: bool) -> None: ...
    def warmup() -> None: ...

``demo`` compares the family with what a scikit-learn user would do today on a real
data set and tells ``report`` (`skx._report.Report`) what comes out; with ``quick`` it
takes a few seconds. ``warmup`` calls every kernel once with each blessed dtype.
"""

import os
import time
import traceback
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import skx
from skx._report import Report


def families() -> list[str]:
    """Names of the families that hold a ``_commands.py``; none of them is imported."""
    return sorted(
        package.name
        for package in iter_modules(skx.__path__)
        if package.ispkg
        and any(
            module.name == "_commands"
            for module in iter_modules(
                os.path.join(folder, package.name) for folder in skx.__path__
            )
        )
    )


def select_families(names: str | Iterable[str] | None) -> list[str]:
    """Check ``names`` against the families there are; None selects them all."""
    known = families()
    if names is None:
        return known
    names = [names] if isinstance(names, str) else list(dict.fromkeys(names))
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(
            f"Unknown family {', '.join(map(repr, unknown))}; "
            f"known: {', '.join(known) or 'none'}."
        )
    return names


def _load(family: str) -> Any:
    return import_module(f"skx.{family}._commands")


def run_demo(
    names: Iterable[str], *, out: Path | None = None, quick: bool = False
) -> list[str]:
    """Run the demos of the named families, one after the other.

    Parameters
    ----------
    names : iterable of str
        Families, out of `families`.
    out : pathlib.Path or None, default=None
        Existing folder for the figures and ``index.html``. None writes no file.
    quick : bool, default=False
        Whether to make do with less data.

    Returns
    -------
    failed : list of str
        Families whose demo raised; the others' results are there all the same.
    """
    reports: list[Report] = []
    for name in names:
        report = Report(name, out=out)
        reports.append(report)
        try:
            commands = _load(name)
            report.title = commands.TITLE
            commands.demo(report, quick=quick)
        # Whatever one family raises, the others' results must not be lost; it is
        # shown here, in the report and by the exit code.
        except Exception as error:
            traceback.print_exc()
            report.failure = f"{type(error).__name__}: {error}"
        print(report.text(), flush=True)
        if out is not None:
            from skx._page import page

            # Anew after every family, so that an interrupted run leaves a page too.
            index = out / "index.html"
            index.write_text(page(reports, quick=quick), encoding="utf-8")
    return [report.family for report in reports if report.failure]


def warmup(
    families: str | Iterable[str] | None = None, *, verbose: bool = False
) -> dict[str, float]:
    """Compile the kernels now, so that the first fit in later processes is fast.

    Meant for the build of a container image. Compiled kernels are kept next to skx's
    files, or under ``NUMBA_CACHE_DIR`` if that is set; `show_versions` says where.

    Parameters
    ----------
    families : str, iterable of str or None, default=None
        Families to compile, such as ``"resampling"``. None compiles all.
    verbose : bool, default=False
        Whether to print each family with its seconds as it is done.

    Returns
    -------
    seconds : dict of str to float
        Family -> seconds taken, little where the kernels were compiled before.

    Raises
    ------
    ValueError
        If a name is not that of a family.

    Examples
    --------
    >>> import skx
    >>> seconds = skx.warmup("resampling", verbose=True)  # doctest: +SKIP
    resampling: 9.1 s
    """
    seconds = {}
    for name in select_families(families):
        start = time.perf_counter()
        _load(name).warmup()
        seconds[name] = time.perf_counter() - start
        if verbose:
            print(f"{name}: {seconds[name]:.1f} s", flush=True)
    return seconds
