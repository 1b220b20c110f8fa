# SPDX-License-Identifier: BSD-3-Clause
"""Writes docs/compliance.rst: what every estimator passes and takes.

Checks come from docs/checks.json, which tests/record_checks.py writes; what a class
takes comes from its tags and methods as they are now.
"""

import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sklearn.linear_model import LogisticRegression
from sklearn.utils import get_tags

from skx.testing import all_estimators

DOCS = Path(__file__).parents[1]
BATTERIES = ("scikit-learn", "imbalanced-learn")
TAKES = ("sparse", "NaN", "categories", "weights", "partial_fit")
# What tests/test_common.py appends to the name of a class that the checks see adapted.
ADAPTERS = {
    "OnRows": "each row a bag",
    "OfLabeled": "every row labelled",
    "OfTwoClasses": "two classes",
}
INTRODUCTION = """\
Compliance
==========

Every public estimator goes through the checks that scikit-learn and imbalanced-learn
have for estimators of others. Their numbers are of a run on {date} under Python
{python}, scikit-learn {sklearn} and imbalanced-learn {imblearn}, over all
configurations of a class that ``tests/test_common.py`` holds; the other columns are
read from the classes when this page is built.

- *Skipped* checks do not apply, or need what was not there; *expected* are failures
  that are known. The reasons stand below.
- The checks hand over one label per row. Where a method takes something else, the tests
  adapt it, as said beside the number. Models of annotators take votes, for which
  scikit-learn has few checks.
- *device* tells where arrays of a device were computed, in that run, by one
  configuration, on a small table: there (*yes*), there in only one of fit and other
  methods, or on the host (*copied*). :doc:`gpu` says more.
- Classes around an estimator take what that takes: here, ``LogisticRegression``.

"""
PLACES = {
    "computes there": "yes",
    "fit there": "fit",
    "predict there": "predict",
    "copied": "copied",
}


def example(cls: type) -> Any:
    """Return an instance to read tags from."""
    required = [
        name
        for name, parameter in inspect.signature(cls).parameters.items()
        if parameter.default is parameter.empty
    ]
    return cls(**dict.fromkeys(required, LogisticRegression()))


def takes(cls: type) -> dict[str, bool]:
    """Return what a class takes, under the names of TAKES."""
    tags = get_tags(example(cls)).input_tags
    methods = (getattr(cls, name, None) for name in ("fit", "fit_resample"))
    arguments = {a for m in methods if m for a in inspect.signature(m).parameters}
    values = (
        tags.sparse,
        tags.allow_nan,
        tags.categorical,
        "sample_weight" in arguments,
        hasattr(cls, "partial_fit"),
    )
    return dict(zip(TAKES, values, strict=True))


def checks_passed(outcomes: dict[str, Any] | None) -> str:
    """Return the cell of one battery."""
    if outcomes is None:
        return ""
    parts = [str(outcomes["passed"])]
    parts += [
        f"{sum(check['times'] for check in outcomes[kind].values())} {word}"
        for kind, word in (("skipped", "skipped"), ("expected failures", "expected"))
        if kind in outcomes
    ]
    return ", ".join(parts)


def row(cls: type, entry: dict[str, Any] | None) -> list[str]:
    """Return the cells of a class; None where no run of its checks is recorded."""
    family = cls.__module__.split(".")[1]
    cells = [f":class:`~skx.{family}.{cls.__name__}`"]
    if entry is None:
        cells += ["not recorded", "", ""]
    else:
        cells += [checks_passed(entry.get(battery)) for battery in BATTERIES]
        if "adapter" in entry:
            cells[1] += f" ({ADAPTERS[entry['adapter']]})"
        cells.append(PLACES.get(entry.get("place", ""), ""))
    device = cells.pop()
    return [*cells, *("yes" if value else "" for value in takes(cls).values()), device]


def reasons(classes: dict[str, Any]) -> Iterator[str]:
    """Yield a line for every check that was not run or is expected to fail."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for name, entry in classes.items():
        for battery in BATTERIES:
            for kind in ("skipped", "expected failures"):
                for check, why in entry.get(battery, {}).get(kind, {}).items():
                    found.setdefault((kind, check, why["reason"]), []).append(name)
    for (kind, check, reason), names in sorted(found.items()):
        who = ", ".join(names) if len(names) <= 4 else f"{len(names)} classes"
        word = "skipped" if kind == "skipped" else "fails as expected"
        yield f"- ``{check}`` {word} for {who}: {reason}"


def table(rows: list[list[str]]) -> list[str]:
    header = ["class", *BATTERIES, *TAKES, "device"]
    lines = [".. list-table::", "   :header-rows: 1", "   :class: compact-table", ""]
    for cells in [header, *rows]:
        first, *others = (cell or "\\ " for cell in cells)
        lines += [f"   * - {first}", *(f"     - {cell}" for cell in others)]
    return [*lines, ""]


def page(record: dict[str, Any], estimators: list[tuple[str, type]]) -> str:
    """Return the text of the page for a record and classes."""
    lines = [
        INTRODUCTION.format(
            date=record["date"],
            python=record["python"],
            sklearn=record["versions"]["scikit-learn"],
            imblearn=record["versions"]["imbalanced-learn"],
        )
    ]
    families: dict[str, list[list[str]]] = {}
    for name, cls in estimators:
        cells = row(cls, record["classes"].get(name))
        families.setdefault(cls.__module__.split(".")[1], []).append(cells)
    for family, rows in sorted(families.items()):
        title = f"skx.{family}"
        lines += [title, "-" * len(title), "", *table(rows)]
    lines += ["Skipped checks and expected failures", "-" * 36, ""]
    lines += list(reasons(record["classes"])) or ["None."]
    return "\n".join(lines) + "\n"


def write(app: Any, config: Any) -> None:
    record = json.loads((DOCS / "checks.json").read_text(encoding="utf-8"))
    text = page(record, all_estimators())
    path = DOCS / "compliance.rst"
    # The same text again would make Sphinx read it anew.
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def setup(app: Any) -> dict[str, Any]:
    # Sphinx looks for pages after this event.
    app.connect("config-inited", write)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
