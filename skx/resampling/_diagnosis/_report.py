# SPDX-License-Identifier: BSD-3-Clause
"""What a diagnosis of synthetic rows found, as numbers, tables, text and plots."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skx._optional import require

# Shown together in a plot: numbers between 0 and 1.
SHARES = {
    "discriminator_auc": "discriminator AUC",
    "copy_share": "copies",
    "close_share": "close to a real row",
    "foreign_share": "among another class",
}


@dataclass(kw_only=True, eq=False, repr=False)
class DiagnosisReport:
    """What :func:`diagnose` found; made by it, not by users.

    Use ``measures`` and ``column_measures`` for the numbers, ``to_frame`` for tables,
    ``plot`` for pictures and ``flags`` for what stands out. In a notebook the report
    shows itself as a table.

    Parameters
    ----------
    classes : list of length n_classes
        Labels of the classes that gained rows, in sorted order.
    columns : list of length n_columns
        Names of the columns, or their numbers if they have no names.
    is_category : ndarray of shape (n_columns,), bool
        Whether a column was compared as a category.
    n_real : ndarray of shape (n_classes,), int64
        Rows of each class in X.
    n_synthetic : ndarray of shape (n_classes,), int64
        Synthetic rows of each class.
    n_holdout : ndarray of shape (n_classes,), int64
        Rows of each class in the hold-out. Where there are none, distances are compared
        with those of each real row to the other ones.
    n_removed : int
        Rows of X that are not in X_resampled, because a sampler also cleaned.
    measures : dict of str to ndarray of shape (n_classes,), float64
        What was measured, by name; :func:`diagnose` explains the names. NaN where a
        class has too few rows or no column that a measure is for.
    references : dict of str to ndarray of shape (n_classes,), float64
        What faithful rows would have, for each measure.
    readings : dict of str to list of str
        For each measure and class, a sentence if the measure is beyond its reference by
        the rule that :func:`diagnose` states, else "".
    column_measures : dict of str to ndarray of shape (n_classes, n_columns), float64
        What was measured column by column.
    synthetic_distances : list of ndarray
        For each class, distances of synthetic rows to the closest real row of the
        class, ascending; at most ``max_rows`` of them.
    reference_distances : list of ndarray
        The same of the rows they are compared with.

    Attributes
    ----------
    figure_ : matplotlib Figure
        Set by ``plot``.
    axes_ : ndarray of shape (n_classes, 3) of matplotlib Axes
        Set by ``plot``, with a row for each class drawn.

    See Also
    --------
    diagnose : Compare synthetic rows with real ones.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from skx.resampling import SMOTE, diagnose
    >>> X, y = make_classification(n_samples=300, weights=[0.8], random_state=0)
    >>> report = diagnose(
    ...     X, y, *SMOTE(random_state=0).fit_resample(X, y), random_state=0
    ... )
    >>> report.measures["copy_share"].tolist()
    [0.0]
    >>> report.to_frame(by="column").shape
    (20, 8)
    """

    classes: list[Any]
    columns: list[Any]
    is_category: NDArray[np.bool_]
    n_real: NDArray[np.int64]
    n_synthetic: NDArray[np.int64]
    n_holdout: NDArray[np.int64]
    n_removed: int
    measures: dict[str, NDArray[np.float64]]
    references: dict[str, NDArray[np.float64]]
    readings: dict[str, list[str]]
    column_measures: dict[str, NDArray[np.float64]]
    synthetic_distances: list[NDArray[np.float64]]
    reference_distances: list[NDArray[np.float64]]

    @property
    def flags(self) -> list[str]:
        """Sentences on what stands out, class by class; empty if nothing does."""
        return [
            f"class {label!r}: {reading}"
            for c, label in enumerate(self.classes)
            for reading in self._readings_of(c)
        ]

    def _readings_of(self, c: int) -> list[str]:
        return [texts[c] for texts in self.readings.values() if texts[c]]

    def to_frame(self, by: str = "class") -> Any:
        """Return the measures as a tidy pandas frame.

        Parameters
        ----------
        by : {"class", "column"}, default="class"
            One row for each class and measure, or for each class and column of X.

        Returns
        -------
        frame : pandas.DataFrame
            By class: ``class``, ``measure``, ``value``, ``reference``, ``flagged`` and
            ``reading``. By column: ``class``, ``column``, ``kind`` ("number" or
            "category") and a column for each entry of ``column_measures``.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        if by not in ("class", "column"):
            raise ValueError(f"by is {by!r}; it must be 'class' or 'column'.")
        pandas = require(
            "pandas",
            "DiagnosisReport.to_frame",
            otherwise="read its measures and column_measures",
        )
        if by == "class":
            return pandas.DataFrame(
                [
                    {
                        "class": label,
                        "measure": name,
                        "value": values[c],
                        "reference": self.references[name][c],
                        "flagged": bool(self.readings[name][c]),
                        "reading": self.readings[name][c],
                    }
                    for c, label in enumerate(self.classes)
                    for name, values in self.measures.items()
                ]
            )
        return pandas.DataFrame(
            [
                {
                    "class": label,
                    "column": column,
                    "kind": "category" if self.is_category[j] else "number",
                    **{name: v[c, j] for name, v in self.column_measures.items()},
                }
                for c, label in enumerate(self.classes)
                for j, column in enumerate(self.columns)
            ]
        )

    def plot(
        self, label: Any = None, *, max_columns: int = 10, axes: Any = None
    ) -> "DiagnosisReport":
        """Draw three panels for each class.

        Left: the columns whose distributions differ most, with the distance that chance
        makes of two samples of these sizes (grey bars) and the ratio of standard
        deviations. Middle: how far synthetic rows and the rows they are compared with
        are from the closest real row, as shares of rows up to a distance. Right: the
        measures that are shares (filled) and their references (hollow).

        Parameters
        ----------
        label : object, default=None
            The class to draw; all that gained rows if None.
        max_columns : int, default=10
            Number of columns in the left panel.
        axes : array-like of matplotlib Axes, default=None
            Three axes for each class to draw on; a new figure if None.

        Returns
        -------
        self : DiagnosisReport
            With ``figure_`` and ``axes_`` set.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If ``label`` did not gain rows or the number of axes is wrong.
        """
        require("matplotlib", "DiagnosisReport.plot")
        if label is not None and label not in self.classes:
            raise ValueError(
                f"label={label!r} gained no rows; the classes that did are "
                f"{self.classes}."
            )
        drawn = [
            c for c, name in enumerate(self.classes) if label is None or name == label
        ]
        if axes is None:
            import matplotlib.pyplot as plt

            _, axes = plt.subplots(
                len(drawn),
                3,
                figsize=(12, 3.6 * len(drawn)),
                layout="constrained",
                squeeze=False,
            )
        self.axes_ = np.asarray(axes, dtype=object)
        if self.axes_.size != 3 * len(drawn):
            raise ValueError(
                f"axes holds {self.axes_.size} axes; give {3 * len(drawn)}, three for "
                "each class."
            )
        self.axes_ = self.axes_.reshape(len(drawn), 3)
        self.figure_ = self.axes_[0, 0].figure
        for c, (left, middle, right) in zip(drawn, self.axes_, strict=True):
            self._draw_columns(left, c, max_columns)
            self._draw_distances(middle, c)
            self._draw_shares(right, c)
        return self

    def _draw_columns(self, ax: Any, c: int, max_columns: int) -> None:
        of_class = {name: values[c] for name, values in self.column_measures.items()}
        # NaN, of columns without values, sorts behind the others.
        shown = np.argsort(-of_class["distance"], kind="stable")[:max_columns]
        places = np.arange(len(shown))
        ax.barh(places, of_class["chance_distance"][shown], color="0.85", height=0.6)
        ax.plot(of_class["distance"][shown], places, "o", color="C0")
        names = []
        for j in shown:
            ratio = of_class["std_ratio"][j]
            spread = "" if np.isnan(ratio) else f"\nsd ratio {ratio:.2f}"
            names.append(f"{self.columns[j]}{spread}")
        ax.set_yticks(places, names, fontsize="small")
        ax.set_xlim(left=0)
        ax.invert_yaxis()
        ax.set_title(f"Class {self.classes[c]!r}: columns")
        ax.set_xlabel("distance of distributions")

    def _draw_distances(self, ax: Any, c: int) -> None:
        compared = "held-out rows" if self.n_holdout[c] else "real rows, mutually"
        curves = {
            compared: (self.reference_distances[c], "0.5"),
            "synthetic rows": (self.synthetic_distances[c], "C0"),
        }
        furthest = max(d[-1] for d, _ in curves.values() if d.size)
        for name, (distances, color) in curves.items():
            if distances.size:
                shares = np.arange(1, distances.size + 1) / distances.size
                ax.step(
                    np.concatenate([[0.0], distances, [furthest]]),
                    np.concatenate([[0.0], shares, [1.0]]),
                    where="post",
                    label=name,
                    color=color,
                )
        ax.set_title("Distance to the closest real row")
        ax.set_xlabel("distance")
        ax.set_ylabel("share of rows up to it")
        ax.legend(loc="lower right")

    def _draw_shares(self, ax: Any, c: int) -> None:
        places = np.arange(len(SHARES))
        for measures, face in ((self.references, "none"), (self.measures, "C0")):
            values = [measures[name][c] for name in SHARES]
            edge = "0.5" if measures is self.references else "C0"
            ax.scatter(values, places, facecolors=face, edgecolors=edge, zorder=2)
        ax.set_yticks(places, list(SHARES.values()), fontsize="small")
        ax.set_xlim(-0.03, 1.03)
        ax.invert_yaxis()
        ax.grid(axis="y", color="0.9")
        ax.set_title("Filled: synthetic, hollow: reference")

    def _lines(self, c: int) -> Iterator[tuple[str, str, str, str]]:
        """Name, value, reference and flag of each measure as text."""
        for name, values in self.measures.items():
            value, reference = values[c], self.references[name][c]
            flag = "*" if self.readings[name][c] else ""
            yield name, _number(value), _number(reference), flag

    def _heading(self, c: int) -> str:
        compared = (
            f"those of {self.n_holdout[c]} held-out rows"
            if self.n_holdout[c]
            else "those between real rows"
        )
        return (
            f"class {self.classes[c]!r}: {self.n_synthetic[c]} synthetic rows, "
            f"{self.n_real[c]} real, distances compared with {compared}"
        )

    def _footer(self) -> list[str]:
        if not self.n_removed:
            return []
        return [f"Rows of X that are not in X_resampled: {self.n_removed}."]

    def __repr__(self) -> str:
        lines = [type(self).__name__]
        for c in range(len(self.classes)):
            lines += ["", self._heading(c)]
            lines.append(f"  {'measure':<22}  {'value':>9}  {'reference':>9}")
            lines += [
                f"  {name:<22}  {value:>9}  {reference:>9} {flag}".rstrip()
                for name, value, reference, flag in self._lines(c)
            ]
            lines += [f"* {reading}" for reading in self._readings_of(c)]
        footer = self._footer()
        return "\n".join([*lines, *([""] if footer else []), *footer])

    def _repr_html_(self) -> str:
        parts = []
        for c in range(len(self.classes)):
            rows = "".join(
                f"<tr><td>{name}</td><td>{value}</td><td>{reference}</td>"
                f"<td>{flag}</td></tr>"
                for name, value, reference, flag in self._lines(c)
            )
            items = "".join(f"<li>{escape(r)}</li>" for r in self._readings_of(c))
            parts.append(
                f"<p>{escape(self._heading(c))}</p><table><thead><tr><th>measure</th>"
                "<th>value</th><th>reference</th><th></th></tr></thead>"
                f"<tbody>{rows}</tbody></table><ul>{items}</ul>"
            )
        parts += [f"<p>{escape(line)}</p>" for line in self._footer()]
        return f"<div>{''.join(parts)}</div>"


def _number(value: float) -> str:
    return "-" if np.isnan(value) else f"{value:.3f}"
