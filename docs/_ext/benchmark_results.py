# SPDX-License-Identifier: BSD-3-Clause
"""Pages that are made of the files in benchmarks/results when they are built.

Before anything is read, the report and its figures are written to ``docs/_measured``.
The directive ``scaling-table`` is the table of the page on scaling.
"""

import sys
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks._page import render, write_figures
from benchmarks._results import RESULTS, read_documents
from benchmarks._scaling import Growth, growth_of_calls

MEASURED = "_measured"
TARGET = 10_000_000
# What is called, for the tasks of benchmarks/scaling.py.
CALLS = {
    "SMOTE": ":class:`~skx.resampling.SMOTE`, 10 columns",
    "EditedNearestNeighbours": (
        ":class:`~skx.resampling.EditedNearestNeighbours`, 10 columns"
    ),
    "FOLDSEClassifier": ":class:`~skx.rules.FOLDSEClassifier`, 30 columns",
    "rules, prediction": "prediction by the rules of 20 000 rows or more",
    "RMTGBRegressor": (
        ":class:`~skx.multitask.RMTGBRegressor`, 400 rounds, 20 columns"
    ),
    "ProportionLogisticRegression": (
        ":class:`~skx.proportions.ProportionLogisticRegression`, 20 columns"
    ),
    "propagate_labels": ":func:`~skx.proportions.propagate_labels`, 20 sweeps",
    "count_posterior": ":func:`~skx.proportions.count_posterior`",
    "OrdinalRegression": ":class:`~skx.ordinal.OrdinalRegression`, 50 columns",
    "margin": ":func:`~skx.active.margin`",
    "k_center_greedy": ":func:`~skx.active.k_center_greedy`, 100 of 32 columns",
    "badge_greedy": ":func:`~skx.active.badge_greedy`, 100 of 32 columns",
    "DawidSkene": ":class:`~skx.active.DawidSkene`, 20 rounds, 5 votes an item",
}


def _size(n: int) -> str:
    return f"{n / 1e6:g}M" if n >= 1_000_000 else f"{n / 1e3:g}k"


def _time(seconds: float) -> str:
    if seconds >= 120:
        return f"{seconds / 60:.0f} min"
    return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"


def table_lines(growths: list[Growth]) -> list[str]:
    """Return the table of the page on scaling, as reStructuredText."""
    header = ["what", "seconds at rows", ":math:`a`", "bytes a row"]
    rows = [[*header, f"at {_size(TARGET)}, extrapolated"]]
    for growth in growths:
        times = (f"{s:.2g} at {_size(n)}" for n, s in growth.seconds.items())
        memory = growth.bytes_a_row
        rows.append(
            [
                CALLS[growth.task],
                ", ".join(times),
                f"{growth.exponent:.2f}",
                "" if memory is None else f"{memory:.0f}",
                _time(growth.extrapolate(TARGET)),
            ]
        )
    lines = [
        ".. list-table::",
        "   :header-rows: 1",
        "   :widths: 36 32 8 11 13",
        "   :class: compact-table",
        "",
    ]
    for row in rows:
        lines += [
            f"   {'* -' if k == 0 else '  -'} {cell}" for k, cell in enumerate(row)
        ]
    return [line.rstrip() for line in lines]


class ScalingTable(SphinxDirective):
    """The table of ``benchmarks/results/scaling-L.json``."""

    def run(self) -> list[nodes.Node]:
        path = RESULTS / "scaling-L.json"
        self.env.note_dependency(str(path))
        found = [document for document in read_documents() if document.path == path]
        if not found:
            raise self.error(
                f"{path} is missing; run `python -m benchmarks scaling --scale L`."
            )
        lines = table_lines(growth_of_calls(found[0]))
        parent = nodes.container()
        self.state.nested_parse(StringList(lines, str(path)), 0, parent)
        return parent.children


def write_measured(app: Any) -> None:
    """Write the report and its figures where pages take them from."""
    folder = Path(app.srcdir, MEASURED)
    write_figures(read_documents(), folder)
    # The page names the folder of the files, to which there is no link from here.
    text = render(link=lambda name: f"`{name}`", figures=f"{MEASURED}/")
    path = folder / "report.md"
    # An unchanged file is not touched, so that its page is not built again.
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def adapt(app: Any, doctree: nodes.document) -> None:
    """Set the tables of the report small, and its figures on the ground of the page."""
    if app.env.docname == "benchmarks":
        for table in doctree.findall(nodes.table):
            table["classes"].append("compact-table")
    for image in doctree.findall(nodes.image):
        if image["uri"].startswith(f"{MEASURED}/"):
            image["classes"].append("dark-light")


def setup(app: Any) -> dict[str, Any]:
    app.connect("builder-inited", write_measured)
    app.connect("doctree-read", adapt, priority=400)
    app.add_directive("scaling-table", ScalingTable)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
