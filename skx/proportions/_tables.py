# SPDX-License-Identifier: BSD-3-Clause
"""Counts and positives by one key and by two: what is released in place of rows."""

import html
import math
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_consistent_length, check_random_state
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import column_or_1d

from skx._backend import on_host
from skx._base.sklearn import Interval, validate_params
from skx._caller import caller_level
from skx._optional import require
from skx.proportions._bags import is_missing
from skx.proportions._columns import sort_values
from skx.proportions._mechanisms import gaussian_sd, laplace_scale
from skx.proportions._table_columns import (
    UNKNOWN,
    Codes,
    Column,
    as_objects,
    interval_labels,
    learn_columns,
    split_columns,
)

Key = tuple[int, ...]  # positions of one column or of two
Cells = dict[Key, NDArray[np.float64]]


@dataclass(frozen=True)
class TableNoise:
    """The noise in every cell of aggregate tables.

    Parameters
    ----------
    count_sd : float >= 0, default=0.0
        Standard deviation of the noise in a count.
    positives_sd : float >= 0, default=0.0
        Standard deviation of the noise in a number of positives.
    covariance : float, default=0.0
        Covariance of the two within a cell.
    mechanism : str, default="none"
        How it was made: "laplace", "gaussian", "none", or anything else.
    epsilon : float or None, default=None
        Privacy budget of all tables together.
    delta : float or None, default=None
        Second number of the guarantee.

    See Also
    --------
    AggregateTables.from_frames : Takes the deviations of noise that others have added.

    Examples
    --------
    >>> from skx.proportions import make_aggregate_tables
    >>> X, y = [["a"], ["a"], ["b"]], [0, 1, 1]
    >>> make_aggregate_tables(X, y).noise.mechanism
    'none'
    """

    count_sd: float = 0.0
    positives_sd: float = 0.0
    covariance: float = 0.0
    mechanism: str = "none"
    epsilon: float | None = None
    delta: float | None = None

    def __post_init__(self) -> None:
        for name in ("count_sd", "positives_sd"):
            value = getattr(self, name)
            if not (isinstance(value, Real) and 0.0 <= float(value) < math.inf):
                raise ValueError(f"{name}={value!r}; give a finite number, at least 0.")
        most = self.count_sd * self.positives_sd
        if not abs(self.covariance) <= most * (1 + 1e-9):
            raise ValueError(
                f"covariance={self.covariance!r} exceeds the product of the two "
                f"standard deviations, {most:g}."
            )


def variance_of_excess(
    noise: TableNoise, rate: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Variance of the noise in positives - rate * count."""
    variance = noise.positives_sd**2 + (rate * noise.count_sd) ** 2
    return np.maximum(variance - 2.0 * rate * noise.covariance, 0.0)


class AggregateTables:
    """Tables of counts and positives by the keys of one column and of two.

    What `make_aggregate_tables` returns. Tables that somebody else has made enter by
    `AggregateTables.from_frames`. ``tables["job"]`` and ``tables["job", "age"]`` are
    data frames.

    Parameters
    ----------
    columns : list of Column
        Names and keys of the columns.
    counts, positives : dict of tuple of int to ndarray
        For the position of a column, or two in ascending order: an array of
        shape (n_keys,) or (n_keys, n_keys_of_second), float64. NaN where a cell is not
        given.
    noise : TableNoise
        Noise in every cell.
    n_rows : float
        Number of rows behind the tables, or an estimate.
    classes : ndarray of shape (2,)
        Labels; the second is the one that is counted as positive.

    Attributes
    ----------
    names : list
        Names of the columns, or their positions.
    columns : list of Column
        Names and keys of the columns.
    counts, positives : dict of tuple of int to ndarray
        As above.
    noise : TableNoise
        Noise in every cell.
    n_rows : float
        Number of rows behind the tables, or an estimate.
    classes : ndarray of shape (2,)
        Labels.

    See Also
    --------
    make_aggregate_tables : Makes tables of rows.
    AggregateTableLogisticRegression : Learns a model from tables.

    Examples
    --------
    >>> from skx.proportions import AggregateTables
    >>> ads = {"ad": ["a", "b"], "count": [900, 100], "positives": [90, 30]}
    >>> AggregateTables.from_frames([ads])
    AggregateTables: 1 column, 1 single and 0 pair tables, 2 cells
    1,000 rows, 12.0 % positive; no noise
    """

    def __init__(
        self,
        columns: list[Column],
        counts: Cells,
        positives: Cells,
        *,
        noise: TableNoise,
        n_rows: float,
        classes: NDArray[Any],
    ) -> None:
        self.columns = columns
        self.counts = counts
        self.positives = positives
        self.noise = noise
        self.n_rows = n_rows
        self.classes = classes

    @classmethod
    def from_frames(
        cls,
        frames: Iterable[Any],
        *,
        count: str = "count",
        positives: str = "positives",
        count_sd: float = 0.0,
        positives_sd: float = 0.0,
        covariance: float = 0.0,
        n_rows: float | None = None,
        edges: Mapping[Any, ArrayLike] | None = None,
        classes: ArrayLike = (0, 1),
    ) -> "AggregateTables":
        """Take tables that somebody else has made.

        Parameters
        ----------
        frames : iterable of DataFrame, structured array or dict of arrays
            Each has one or two columns of keys and the columns ``count`` and
            ``positives``, one line a cell. Every column needs a table of its own;
            pairs are optional, and so are cells: one that is not listed is unknown, not
            empty. None or NaN as a key stands for a missing value.
        count, positives : str, default="count", "positives"
            Names of the two columns of numbers.
        count_sd, positives_sd : float >= 0, default=0.0
            Standard deviations of the noise in each cell, which models must know: take
            them from whoever added it. Laplace noise of scale b has sqrt(2) b.
        covariance : float, default=0.0
            Covariance of the noise in the two numbers of a cell.
        n_rows : float > 0 or None, default=None
            Number of rows. None takes it from the totals of the tables.
        edges : dict of name to array-like or None, default=None
            For columns that were cut into intervals: the increasing inner edges. Their
            keys in the frames are the labels that `make_aggregate_tables` gives, or
            the numbers of the intervals as `numpy.digitize` counts them.
        classes : array-like of shape (2,), default=(0, 1)
            Labels that predictions give; the second is the positive one.

        Returns
        -------
        tables : AggregateTables
            The tables.

        Raises
        ------
        ValueError
            For tables that do not fit together.
        """
        if hasattr(frames, "dtype") or hasattr(frames, "columns"):
            raise ValueError("frames is one table; give a list of tables.")
        if isinstance(frames, Mapping):
            raise ValueError(
                f"frames is a mapping with the keys {list(frames)[:5]}; give a list of "
                "tables, such as list(frames.values())."
            )
        labels = np.asarray(classes)
        if labels.shape != (2,) or labels[0] == labels[1]:
            raise ValueError(f"classes={classes!r}; give two different labels.")
        noise = TableNoise(
            count_sd,
            positives_sd,
            covariance,
            mechanism="none" if count_sd == positives_sd == 0.0 else "given",
        )
        parsed = [_parse(frame, count, positives) for frame in frames]
        edges = dict(edges or {})
        columns = [
            _column_of_keys(keys, edges.pop(next(iter(keys)), None))
            for keys, _ in parsed
            if len(keys) == 1
        ]
        if not columns:
            raise ValueError("frames holds no table of one column; give one for each.")
        if edges:
            raise ValueError(
                f"edges names column {next(iter(edges))!r}, which has no table."
            )
        where = {column.name: j for j, column in enumerate(columns)}
        if len(where) < len(columns):
            raise ValueError(
                f"frames holds two tables of one column; its columns are "
                f"{[column.name for column in columns]}."
            )
        counts: Cells = {}
        hits: Cells = {}
        for keys, numbers in parsed:
            _fill(counts, hits, keys, numbers, columns, where, noise)
        order = sorted(counts, key=lambda key: (len(key), key))
        tables = cls(
            columns,
            {key: counts[key] for key in order},
            {key: hits[key] for key in order},
            noise=noise,
            n_rows=0.0,
            classes=labels,
        )
        tables.n_rows = float(n_rows) if n_rows is not None else tables._total("counts")
        if not tables.n_rows > 0.0:
            raise ValueError(f"n_rows is {tables.n_rows:g}; give a positive number.")
        return tables

    @property
    def names(self) -> list[Any]:
        """Names of the columns."""
        return [column.name for column in self.columns]

    @property
    def pairs(self) -> list[Key]:
        """Positions of the columns of each table of pairs."""
        return [key for key in self.counts if len(key) == 2]

    @property
    def prevalence(self) -> float:
        """Share of positives, strictly between 0 and 1.

        With noise it is the best linear prediction, were any share as likely.
        """
        least = 0.5 / (self.n_rows + 1.0)
        share = np.clip(self._total("positives") / self.n_rows, 0.0, 1.0)
        noise = noise_of_total(self, share) / self.n_rows**2
        share = 0.5 + (share - 0.5) / (1.0 + 12.0 * noise)
        return float(np.clip(share, least, 1.0 - least))

    def _total(self, what: str) -> float:
        """Mean of the totals of the tables; one with many cells has more noise."""
        tables = complete_tables(getattr(self, what))
        return float(
            np.average(
                [t.sum() for t in tables], weights=[1.0 / len(t) for t in tables]
            )
        )

    def frame(self, *names: Any) -> Any:
        """Return one table as a pandas DataFrame.

        Parameters
        ----------
        *names : str or int
            Name of one column or of two, in any order.

        Returns
        -------
        frame : DataFrame
            Keys, count, positives and rate; one line a cell. A rate is positives over
            count as they stand, and with noise may leave 0 to 1.
        """
        pandas = require("pandas", "AggregateTables.frame")
        if not 1 <= len(names) <= 2 or any(name not in self.names for name in names):
            raise KeyError(
                f"{names} names no table; give one or two of the columns {self.names}."
            )
        places = [self.names.index(name) for name in names]
        key = tuple(sorted(places))
        if key not in self.counts:
            raise KeyError(f"There is no table of the pair {names}.")
        count, hits = self.counts[key], self.positives[key]
        if places != list(key):
            count, hits = count.T, hits.T
        keys = pandas.MultiIndex.from_product(
            [self.columns[j].values for j in places], names=list(names)
        ).to_frame(index=False)
        keys["count"], keys["positives"] = count.ravel(), hits.ravel()
        with np.errstate(divide="ignore", invalid="ignore"):
            keys["rate"] = (hits / count).ravel()
        return keys[~np.isnan(count.ravel())].reset_index(drop=True)

    def __getitem__(self, names: Any) -> Any:
        """Return one table as a pandas DataFrame."""
        return self.frame(*(names if isinstance(names, tuple) else (names,)))

    def _noise_text(self) -> str:
        noise = self.noise
        if noise.count_sd == noise.positives_sd == 0.0:
            return "no noise"
        budget = "" if noise.epsilon is None else f", epsilon={noise.epsilon:g}"
        budget += "" if noise.delta is None else f", delta={noise.delta:g}"
        return (
            f"{noise.mechanism} noise{budget}: standard deviation {noise.count_sd:.3g} "
            f"on a count, {noise.positives_sd:.3g} on positives"
        )

    def __repr__(self) -> str:
        n, pairs = len(self.columns), len(self.pairs)
        cells = sum(table.size for table in self.counts.values())
        return (
            f"AggregateTables: {n} column{'s'[: n != 1]}, {n} single and {pairs} pair "
            f"tables, {cells:,} cells\n{self.n_rows:,.0f} rows, "
            f"{self.prevalence:.1%} positive; {self._noise_text()}".replace("%", " %")
        )

    def _repr_html_(self) -> str:
        lines = []
        for j, column in enumerate(self.columns):
            shown = ", ".join(
                "missing" if value is None else str(value)
                for value in column.values[:6]
            )
            if len(column.values) > 6:
                shown += ", ..."
            cells = (
                str(column.name),
                str(len(column.values)),
                f"{np.nanmedian(self.counts[(j,)]):,.0f}",
                shown,
            )
            lines.append(
                "<tr>" + "".join(f"<td>{html.escape(c)}</td>" for c in cells) + "</tr>"
            )
        head = "<br>".join(html.escape(line) for line in repr(self).splitlines())
        return (
            f"<div><p>{head}</p><table><thead><tr><th>column</th><th>keys</th>"
            "<th>median count</th><th>first keys</th></tr></thead>"
            f"<tbody>{''.join(lines)}</tbody></table></div>"
        )


def complete_tables(cells: Cells) -> list[NDArray[np.float64]]:
    """Cells of the tables that have all; of those of one column, if none has."""
    tables = [t.ravel() for t in cells.values() if not np.isnan(t).any()]
    return tables or [t[~np.isnan(t)] for k, t in cells.items() if len(k) == 1]


def noise_of_total(tables: AggregateTables, rate: float) -> float:
    """Variance of the noise in the number of positives - rate * n_rows."""
    one = variance_of_excess(tables.noise, np.asarray(rate))
    return float(one) / sum(1.0 / len(t) for t in complete_tables(tables.counts))


def align_columns(tables: AggregateTables, X: list[tuple[Any, Any]]) -> list[Any]:
    """Return columns of rows in the order of the tables, by name or by place."""
    given = dict(X)
    if all(name in given for name in tables.names):
        return [given[name] for name in tables.names]
    by_place = all(isinstance(name, int) for name in [*tables.names, *given])
    either = all(isinstance(name, int) for name in given) or all(
        isinstance(name, int) for name in tables.names
    )
    if either and not by_place and len(given) == len(tables.names):
        return list(given.values())
    missing = [name for name in tables.names if name not in given]
    raise ValueError(
        f"X lacks column {missing[0]!r} of the tables, whose columns are "
        f"{tables.names}; X has {list(given)}."
    )


def encode_rows(tables: AggregateTables, X: list[tuple[Any, Any]]) -> Codes:
    """Return the positions of the keys (n_rows, n_columns) of columns of rows."""
    aligned = zip(tables.columns, align_columns(tables, X), strict=True)
    return np.stack([column.encode(data) for column, data in aligned], axis=1)


def cell_codes(tables: AggregateTables, codes: Codes, key: Key) -> Codes:
    """Return for each row its cell in the flattened table, or UNKNOWN."""
    if len(key) == 1:
        return codes[:, key[0]]
    first, second = codes[:, key[0]], codes[:, key[1]]
    cells = first * np.int32(len(tables.columns[key[1]].values)) + second
    return np.where((first < 0) | (second < 0), np.int32(UNKNOWN), cells)


@on_host
@validate_params(
    {
        "X": "no_validation",
        "y": "no_validation",
        "pairs": ["boolean"],
        "bins": "no_validation",
        "epsilon": [Interval(Real, 0, None, closed="neither"), None],
        "delta": [Interval(Real, 0, 1, closed="neither"), None],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def make_aggregate_tables(
    X: ArrayLike,
    y: ArrayLike,
    *,
    pairs: bool = True,
    bins: Any = 10,
    epsilon: float | None = None,
    delta: float | None = None,
    random_state: Any = None,
) -> AggregateTables:
    """Count rows and positives by every key and every pair of keys.

    The form in which browsers and statistical offices release data about persons: no
    rows, but how many rows there are with each value, or pair of values, and how many
    of them are positive; with noise, a table that tells hardly anything about any one
    row. Models are learned from it by `AggregateTableLogisticRegression` and
    `AggregateTableEncoder`.

    Parameters
    ----------
    X : DataFrame or array-like of shape (n_samples, n_features)
        Rows. The keys of a column are its distinct values, those that a pandas
        Categorical or polars Enum declares, or intervals of its numbers. A missing
        value is a key.
    y : array-like of shape (n_samples,)
        Labels of two classes; the larger one is counted as positive.
    pairs : bool, default=True
        Whether to make a table for each pair of columns, too. They hold the
        interactions, but share the privacy budget.
    bins : int >= 2, None or dict, default=10
        Columns of numbers are cut into at most this many intervals of about equally
        many rows. None keeps each number as a key, as suits codes. A dict says it by
        column, and also takes a list of increasing edges; columns it does not name
        are cut into 10.
    epsilon : float > 0 or None, default=None
        Privacy budget of all tables together: with small ones it is hard to tell
        whether any one row was there. 0.1 is strict, 5 is lax. None adds no noise.
    delta : float in (0, 1) or None, default=None
        None adds Laplace noise, which guarantees epsilon alone. A number, well below
        1 / n_samples, adds Gaussian noise, which is less where there are many tables.
    random_state : int, RandomState instance or None, default=None
        Seed of the noise. A seed that somebody can guess reveals what was added.

    Returns
    -------
    tables : AggregateTables
        The tables, with the deviations of their noise.

    Warns
    -----
    UserWarning
        If ``epsilon`` is given and keys were read from X, see Notes.

    See Also
    --------
    AggregateTables.from_frames : Takes tables that somebody else has made.

    Notes
    -----
    Protected is a whole row, all its columns and its label: two sets of rows of which
    one has a row more (add or remove) give the same tables with probabilities that
    differ by a factor exp(epsilon) at most, but for probability delta. Replacing a row
    is two such steps. A person with several rows is not covered by one.

    Not protected is the list of keys. Where it is read from X, as for columns of text
    or edges chosen from the numbers, it tells that a value occurred. Declare
    categories, and give edges in ``bins``.

    With d columns there are T = d + d (d - 1) / 2 tables, or d without pairs. A row
    stands in one cell of each, and there either among the positives or among the
    others. Noise goes to these two numbers: adding a row changes one of them by 1 in
    each table, so all tables together change by T in the L1 and by sqrt(T) in the
    L2 norm. Laplace noise has scale T / epsilon. The Gaussian deviation is the least
    one for (epsilon, delta) and sensitivity sqrt(T); all tables are one release, so
    nothing is lost by composition. A count is the sum of its two numbers, and has twice
    the variance of the positives; their noise has a covariance. Counts and positives
    with noise of their own would be noisier, as one row changes both.

    Noise is added to every cell, empty ones too, and every column gets a key for
    missing values; numbers below 0 are left as they are, as rounding them up would
    bias every sum. ``n_rows`` is then an estimate from the tables. Noise is made of
    floating-point numbers, whose low bits can leak in an attack; round what you
    publish.

    References
    ----------
    C. Dwork, F. McSherry, K. Nissim, A. Smith (2006), Calibrating Noise to Sensitivity
    in Private Data Analysis, TCC.

    B. Balle, Y.-X. Wang (2018), Improving the Gaussian Mechanism for Differential
    Privacy: Analytical Calibration and Optimal Denoising, ICML, theorem 8.

    E. Diemert, R. Fabre, A. Gilotte et al. (2022), Lessons from the AdKDD'21
    Privacy-Preserving ML Challenge.

    Examples
    --------
    >>> from skx.datasets import load_mushroom
    >>> from skx.proportions import make_aggregate_tables
    >>> X, y = load_mushroom(return_X_y=True)
    >>> tables = make_aggregate_tables(X[["odor", "habitat"]], y)
    >>> tables["odor"].head(3)
      odor   count  positives  rate
    0    a   400.0        0.0   0.0
    1    c   192.0      192.0   1.0
    2    f  2160.0     2160.0   1.0
    """
    if delta is not None and epsilon is None:
        raise ValueError(f"delta={delta} needs epsilon; pass both, or neither.")
    check_consistent_length(X, y)
    table = split_columns(X if hasattr(X, "shape") else np.asarray(X))
    classes, codes = encode_labels(column_or_1d(y, warn=True))
    exact, read = count_tables(
        table, codes, classes, pairs, bins, private=bool(epsilon)
    )
    if epsilon is None:
        return exact
    if read:
        warnings.warn(
            f"The keys of {', '.join(map(repr, read[:5]))}"
            f"{' and others' if len(read) > 5 else ''} were read from X, which the "
            "noise does not protect. If they are not public, declare categories (a "
            "pandas Categorical, a polars Enum) and give edges in bins.",
            UserWarning,
            stacklevel=caller_level(),
        )
    return _add_noise(exact, epsilon, delta, check_random_state(random_state))


def encode_labels(labels: Any) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return the two classes and the position of each label among them."""
    check_classification_targets(labels)
    classes, codes = np.unique(labels, return_inverse=True)
    if len(classes) > 2:
        raise ValueError(
            f"Only binary classification is supported. The type of the target is "
            f"{type_of_target(labels)}: y holds {len(classes)} classes. Count one of "
            "them against the others, y == label."
        )
    if len(classes) < 2:
        raise ValueError(
            f"y holds one class only, {classes.tolist()[0]!r}; tables need two. Count "
            "rows of both."
        )
    return classes, codes


def count_tables(
    X: list[tuple[Any, Any]],
    y: NDArray[np.int64],
    classes: NDArray[Any],
    pairs: bool,
    bins: Any,
    *,
    weights: NDArray[np.float64] | None = None,
    private: bool = False,
) -> tuple[AggregateTables, list[Any]]:
    """Count without noise; return the tables, and which columns were read for keys."""
    weights = np.ones(len(y)) if weights is None else weights
    columns, read = learn_columns(X, bins, weights)
    if private:
        columns = [
            column
            if column.has_missing
            else Column(column.name, (*column.values, None), column.edges)
            for column in columns
        ]
    tables = AggregateTables(
        columns,
        {},
        {},
        noise=TableNoise(),
        n_rows=float(weights.sum()),
        classes=classes,
    )
    codes = encode_rows(tables, X)
    keys: list[Key] = [(j,) for j in range(len(columns))]
    if pairs:
        keys += combinations(range(len(columns)), 2)
    for key in keys:
        cells = cell_codes(tables, codes, key)
        shape = tuple(len(columns[j].values) for j in key)
        # A weight of 0 may come with a key that no other row has.
        here = cells >= 0
        for store, amount in (
            (tables.counts, weights),
            (tables.positives, weights * y),
        ):
            sums = np.bincount(cells[here], amount[here], math.prod(shape))
            store[key] = sums.astype(np.float64).reshape(shape)
    return tables, read


def _add_noise(
    tables: AggregateTables, epsilon: float, delta: float | None, rng: Any
) -> AggregateTables:
    n_tables = len(tables.counts)
    if delta is None:
        scale = laplace_scale(epsilon, n_tables)
        sd, mechanism = math.sqrt(2.0) * scale, "laplace"
    else:
        sd = scale = gaussian_sd(epsilon, delta, math.sqrt(n_tables))
        mechanism = "gaussian"
    draw = rng.laplace if delta is None else rng.normal
    for key, count in tables.counts.items():
        positives = tables.positives[key] + draw(0.0, scale, size=count.shape)
        others = count - tables.positives[key] + draw(0.0, scale, size=count.shape)
        tables.counts[key], tables.positives[key] = positives + others, positives
    tables.noise = TableNoise(
        math.sqrt(2.0) * sd, sd, sd**2, mechanism, float(epsilon), delta
    )
    tables.n_rows = max(tables._total("counts"), 1.0)
    return tables


def _parse(
    frame: Any, count: str, positives: str
) -> tuple[dict[Any, list[Any]], NDArray[np.float64]]:
    """Return the columns of keys and the numbers (2, n_cells) of one frame."""
    if getattr(frame, "dtype", None) is not None and frame.dtype.names:
        names = list(frame.dtype.names)
    else:
        names = list(getattr(frame, "columns", frame))
    for name in (count, positives):
        if name not in names:
            raise ValueError(f"A table has no column {name!r}; it has {names}.")
    numbers = np.array([np.asarray(frame[n], np.float64) for n in (count, positives)])
    if not np.isfinite(numbers).all():
        raise ValueError(
            f"A table with the columns {names} holds numbers that are not finite; "
            "leave out cells that are not known."
        )
    keys = [name for name in names if name not in (count, positives)]
    if not 1 <= len(keys) <= 2:
        raise ValueError(
            f"A table has the columns of keys {keys}; give one or two, and {count!r} "
            f"and {positives!r}."
        )
    return {name: _entries(frame[name]) for name in keys}, numbers


def _entries(data: Any) -> list[Any]:
    return [
        None if is_missing(value) else value
        for value in as_objects(data if hasattr(data, "dtype") else np.asarray(data))
    ]


def _column_of_keys(keys: dict[Any, list[Any]], edges: Any) -> Column:
    ((name, entries),) = keys.items()
    missing = None in entries
    if edges is not None:
        edges = np.asarray(edges, dtype=np.float64)
        return Column(name, interval_labels(edges, missing), edges)
    values = sort_values({value for value in entries if value is not None})
    return Column(name, (*values, *[None] * missing))


def _fill(
    counts: Cells,
    hits: Cells,
    keys: dict[Any, list[Any]],
    numbers: NDArray[np.float64],
    columns: list[Column],
    where: dict[Any, int],
    noise: TableNoise,
) -> None:
    for name in keys:
        if name not in where:
            raise ValueError(
                f"A pair names column {name!r}, which has no table of its own."
            )
    places = sorted((where[name], name) for name in keys)
    key = tuple(j for j, _ in places)
    if key in counts:
        raise ValueError(f"frames holds two tables of {list(keys)}.")
    at = tuple(_positions(columns[j], keys[name]) for j, name in places)
    shape = tuple(len(columns[j].values) for j in key)
    cells = np.ravel_multi_index(at, shape)
    if len(np.unique(cells)) < len(cells):
        raise ValueError(f"The table of {list(keys)} lists a cell twice.")
    low = -1e-9
    if not noise.count_sd and (numbers[0] < low).any():
        raise ValueError(
            f"The table of {list(keys)} holds a count of {numbers[0].min():g}; if that "
            "is noise, pass count_sd."
        )
    if not noise.positives_sd and (
        (numbers[1] < low).any()
        or (not noise.count_sd and (numbers[1] > numbers[0] - low).any())
    ):
        raise ValueError(
            f"The table of {list(keys)} holds positives below 0 or above their count; "
            "if that is noise, pass positives_sd."
        )
    for store, values in ((counts, numbers[0]), (hits, numbers[1])):
        store[key] = np.full(shape, np.nan)
        store[key].flat[cells] = values


def _positions(column: Column, entries: list[Any]) -> NDArray[np.int64]:
    index = {value: code for code, value in enumerate(column.values)}
    if column.edges is not None:
        index.update({code: code for code in range(len(column.edges) + 1)})
    unknown = [value for value in entries if value not in index]
    if unknown:
        raise ValueError(
            f"A table holds the key {unknown[0]!r} of column {column.name!r}, whose "
            "own table does not."
        )
    return np.array([index[value] for value in entries], dtype=np.int64)
