# SPDX-License-Identifier: BSD-3-Clause
"""Growth plots, as SVG that can be read on white and on black."""

from pathlib import Path
from typing import Any

from benchmarks._results import Series
from benchmarks._statistics import growth_exponents

# Contrast of at least 3.9 with white and with the dark ground of the documentation.
INK = "#808080"
N_COLUMNS = 2
STYLE: Any = {
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "font.size": 9,
    "grid.color": INK,
    "grid.alpha": 0.25,
    "legend.fontsize": 8,
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


def draw_growth(series: list[Series], path: Path) -> None:
    """Write a panel for each task: seconds over rows, skx in full lines.

    The number behind a name is the exponent between the two largest sizes.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    tasks = list(dict.fromkeys(one.task for one in series))
    n_lines = -(-len(tasks) // N_COLUMNS)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(9.0, 3.0 * n_lines), layout="constrained")
        panels = figure.subplots(n_lines, N_COLUMNS, squeeze=False).ravel()
        for panel, task in zip(panels, tasks, strict=False):
            shown = [one for one in series if one.task == task]
            common = set.intersection(*(set(one.params) for one in shown))
            settings = list(dict.fromkeys(one.params for one in shown))
            for one in sorted(shown, key=lambda s: s.peer or ""):
                sizes = sorted(one.seconds)
                panel.loglog(
                    sizes,
                    [one.seconds[size] for size in sizes],
                    marker="o",
                    markersize=4,
                    color=f"C{settings.index(one.params)}",
                    linestyle="-" if one.peer is None else "--",
                    markerfacecolor=None if one.peer is None else "none",
                    label=_label(one, common),
                )
            words = [task, *(f"{k}={v}" for k, v in sorted(common))]
            panel.set_title(" ".join(words))
            panel.grid(True)
            panel.minorticks_off()
            panel.set(xlabel="rows", ylabel="seconds")
            panel.legend(frameon=False)
        for panel in panels[len(tasks) :]:
            panel.remove()
        metadata = {"Date": None, "Creator": None}
        figure.savefig(path, format="svg", transparent=True, metadata=metadata)
