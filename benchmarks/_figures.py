# SPDX-License-Identifier: BSD-3-Clause
"""Growth plots, as SVG that can be read on white and on black."""

from collections import Counter
from math import ceil, floor, log10
from pathlib import Path
from typing import Any

from benchmarks._results import Series
from benchmarks._statistics import growth_exponents

# Ink and colours stand out from white and from the dark ground of the documentation.
INK = "#808080"
N_COLUMNS = 3
MOST = 6  # lines in a panel
COLOURS = ("#3a87c8", "#e07b1a", "#3c9d4e", "#cf4a4a", "#9a78c4", "#a08030")
OURS = {"linestyle": "-", "marker": "o"}
PEERS = (("--", "s"), (":", "^"), ("-.", "D"))
STYLE: Any = {
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.titlesize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "font.size": 8,
    "grid.color": INK,
    "grid.alpha": 0.25,
    "legend.fontsize": 7,
    "legend.labelcolor": INK,
    "svg.fonttype": "none",
    "svg.hashsalt": "skx",
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}


def last_exponent(seconds: dict[int, float]) -> float:
    """Exponent of time between the two largest sizes."""
    return growth_exponents(seconds)[max(seconds)]


def _label(series: Series, common: set[tuple[str, Any]]) -> str:
    words = [series.peer or "skx"]
    words += [
        f"{key}={value}" for key, value in series.params if (key, value) not in common
    ]
    return f"{' '.join(words)}: {last_exponent(series.seconds):.2f}"


def _theirs(number: int) -> dict[str, str]:
    line, marker = PEERS[number % len(PEERS)]
    return {"linestyle": line, "marker": marker, "markerfacecolor": "none"}


def _groups(series: list[Series]) -> list[list[Series]]:
    """Series by panel: by task, or by task and parameters where a task has many."""
    n_of_task = Counter(one.task for one in series)
    panels: dict[Any, list[Series]] = {}
    for one in series:
        rest = one.params if n_of_task[one.task] > MOST else ()
        panels.setdefault((one.task, rest), []).append(one)
    return list(panels.values())


def draw_growth(series: list[Series], path: Path) -> None:
    """Write panels of seconds over rows, in full lines for skx, broken for peers.

    The number behind a name is the exponent between the two largest sizes.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    groups = _groups(series)
    n_lines = -(-len(groups) // N_COLUMNS)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(10.5, 2.7 * n_lines), layout="constrained")
        panels = figure.subplots(n_lines, N_COLUMNS, squeeze=False).ravel()
        for panel, shown in zip(panels, groups, strict=False):
            common = set.intersection(*(set(one.params) for one in shown))
            settings = list(dict.fromkeys(one.params for one in shown))
            peers = sorted({one.peer for one in shown if one.peer is not None})
            for one in sorted(shown, key=lambda s: s.peer or ""):
                sizes = sorted(one.seconds)
                panel.loglog(
                    sizes,
                    [one.seconds[size] for size in sizes],
                    markersize=4,
                    color=COLOURS[settings.index(one.params) % len(COLOURS)],
                    label=_label(one, common),
                    **(OURS if one.peer is None else _theirs(peers.index(one.peer))),
                )
            # Whole decades, so that each axis has two labels.
            least, most = panel.dataLim.intervaly
            panel.set_ylim(10.0 ** floor(log10(least)), 10.0 ** ceil(log10(most)))
            words = [shown[0].task, *(f"{k}={v}" for k, v in sorted(common))]
            panel.set_title(" ".join(words))
            panel.grid(True)
            panel.minorticks_off()
            panel.set(xlabel="rows", ylabel="seconds")
            panel.legend(frameon=False)
        for panel in panels[len(groups) :]:
            panel.remove()
        metadata = {"Date": None, "Creator": None}
        figure.savefig(path, format="svg", transparent=True, metadata=metadata)
