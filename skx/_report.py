# SPDX-License-Identifier: BSD-3-Clause
"""What a demo has to say: its progress, comparison, notes and figures."""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Row:
    """One measured method of a comparison."""

    task: str
    method: str
    scores: Mapping[str, float | str]
    seconds: float
    is_skx: bool

    @property
    def label(self) -> str:
        """The method, marked if it is skx's own."""
        return f"{self.method} *" if self.is_skx else self.method

    def cells(self, score_names: Sequence[str]) -> list[str]:
        """Text of the named scores and of the seconds."""
        values = [self.scores.get(name, "-") for name in score_names]
        return [
            str(value) if isinstance(value, str | Integral) else f"{value:.3f}"
            for value in [*values, float(self.seconds)]
        ]


@dataclass(frozen=True)
class Plot:
    """A figure that was drawn, and the sentence below it."""

    path: Path
    caption: str


class Report:
    """The progress, comparison, notes and figures of one family's demo.

    Parameters
    ----------
    family : str
        Name of the family's folder; begins the names of its figure files.
    out : pathlib.Path or None, default=None
        Folder for the figures. None leaves them undrawn.
    """

    def __init__(self, family: str, *, out: Path | None = None) -> None:
        self.family = family
        self.title = family
        self.notes: list[str] = []
        self.plots: list[Plot] = []
        self.failure = ""
        self._rows: list[Row] = []
        self._out = out
        self._start = time.perf_counter()

    def step(self, text: str) -> None:
        """Say on standard error what comes next, after the seconds since the start."""
        elapsed = time.perf_counter() - self._start
        print(f"[{elapsed:6.1f} s] {self.family}: {text}", file=sys.stderr, flush=True)

    def add_row(
        self,
        task: str,
        method: str,
        *,
        scores: Mapping[str, float | str],
        seconds: float,
        is_skx: bool = False,
    ) -> None:
        """Add one method to the comparison.

        Parameters
        ----------
        task : str
            What the methods are compared on; rows of one task stand together.
        method : str
            The method and the library it comes from.
        scores : mapping of str to float, int or str
            Column heading -> value. Floats show three decimals; a score that other
            rows have and this one lacks shows as "-".
        seconds : float >= 0
            Wall time of what is compared.
        is_skx : bool, default=False
            Whether the method is skx's own, which marks the row.
        """
        self._rows.append(Row(task, method, scores, seconds, is_skx))

    def note(self, text: str) -> None:
        """Add a sentence on what the comparison shows."""
        self.notes.append(text)

    def figure(self, name: str, draw: Callable[["Figure"], None], caption: str) -> None:
        """Have ``draw`` fill a figure, if the user asked for figures.

        Parameters
        ----------
        name : str
            The file becomes ``<family>_<name>.png``.
        draw : callable
            Takes an empty `matplotlib.figure.Figure` and draws into it. Without
            ``--out`` it is not called and matplotlib need not be installed.
        caption : str
            What the figure shows, in words that also serve those who cannot see it.
        """
        if self._out is None:
            return
        from matplotlib.figure import Figure  # not pyplot: no state, no display

        figure = Figure(figsize=(7, 4.5), layout="constrained")
        draw(figure)
        path = self._out / f"{self.family}_{name}.png"
        figure.savefig(path, dpi=144)
        self.plots.append(Plot(path, caption))

    @property
    def score_names(self) -> list[str]:
        """Headings of all scores, in the order in which they first came."""
        return list(dict.fromkeys(name for row in self._rows for name in row.scores))

    @property
    def rows_by_task(self) -> dict[str, list[Row]]:
        """The comparison, task by task."""
        tasks: dict[str, list[Row]] = {}
        for row in self._rows:
            tasks.setdefault(row.task, []).append(row)
        return tasks

    def text(self) -> str:
        """Title, comparison and notes for the terminal."""
        parts = [f"{self.title}\n{'=' * len(self.title)}"]
        if self._rows:
            parts.append(self._table())
        parts += self.notes
        if self.failure:
            parts.append(f"This demo stopped early: {self.failure}")
        return "\n\n".join(parts) + "\n"

    def _table(self) -> str:
        score_names = self.score_names
        lines = [["task", "method", *score_names, "seconds"]]
        for task, rows in self.rows_by_task.items():
            for position, row in enumerate(rows):
                shown = "" if position else task
                lines.append([shown, row.label, *row.cells(score_names)])
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        lines.insert(1, ["-" * width for width in widths])
        text = "\n".join(
            "  ".join(
                cell.rjust(width) if column > 1 else cell.ljust(width)
                for column, (cell, width) in enumerate(zip(line, widths, strict=True))
            )
            for line in lines
        )
        return f"{text}\n* skx"
