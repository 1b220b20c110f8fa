# SPDX-License-Identifier: BSD-3-Clause
"""Comparison of synthetic rows with real ones: are they faithful, are they new."""

from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from numpy.random import RandomState
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import column_or_1d

from skx._backend import on_host, to_numpy
from skx._base.sklearn import Interval, StrOptions, validate_params
from skx._random import draw_seed
from skx.resampling._base import ClassDraw
from skx.resampling._diagnosis._columns import read_columns
from skx.resampling._diagnosis._measures import (
    ColumnMeasures,
    Space,
    closest_distances,
    compare_columns,
    correlation_difference,
    discriminator_auc,
    distances_to_others,
    foreign_share,
)
from skx.resampling._diagnosis._report import DiagnosisReport

Rows = NDArray[np.int64]
Values = NDArray[np.float64]


@on_host
@validate_params(
    {
        "X": "no_validation",
        "y": "no_validation",
        "X_resampled": "no_validation",
        "y_resampled": "no_validation",
        "holdout": [tuple, list, None],
        "synthetic": [str, slice, "array-like"],
        "categorical_features": [StrOptions({"auto", "all"}), "array-like"],
        "n_neighbors": [Interval(Integral, 1, None, closed="left")],
        "max_rows": [Interval(Integral, 20, None, closed="left")],
        "random_state": ["random_state"],
        "n_jobs": [Integral, None],
    },
    prefer_skip_nested_validation=True,
)
def diagnose(
    X: Any,
    y: ArrayLike,
    X_resampled: Any,
    y_resampled: ArrayLike,
    *,
    holdout: tuple[Any, ArrayLike] | None = None,
    synthetic: Any = "auto",
    categorical_features: Any = "auto",
    n_neighbors: int = 5,
    max_rows: int = 2000,
    random_state: int | RandomState | None = None,
    n_jobs: int | None = None,
) -> DiagnosisReport:
    r"""Compare synthetic rows with the real rows of their class.

    For each class that gained rows: are they distributed like the real ones, can a
    classifier tell them apart, are they copies or closer to real rows than new rows
    would be, do they lie among another class? Use it on the output of any sampler or
    generator before training on the rows or giving them away. It judges the rows, not
    their use: whether they help a classifier, cross-validation with
    :class:`ResampledClassifier` tells. No figure of it is a guarantee of privacy.

    Parameters
    ----------
    X : {array-like, dataframe} of shape (n_samples, n_features)
        The real rows, as the sampler took them: NumPy array, list, pandas or polars
        frame; numbers and categories, both may be missing. Columns of strings, bool or
        categorical type are categories.
    y : array-like of shape (n_samples,)
        Their class labels.
    X_resampled : {array-like, dataframe} of shape (n_resampled, n_features)
        The rows that the sampler gave back, real and synthetic.
    y_resampled : array-like of shape (n_resampled,)
        Their class labels.
    holdout : tuple (X, y) or None, default=None
        Real rows that the sampler has not seen. Distances of synthetic rows to the real
        ones are compared with those of the hold-out; for a class without hold-out rows,
        with those of each real row to the others.
    synthetic : "auto", slice, or array-like of int or bool, default="auto"
        Which rows of X_resampled are synthetic. "auto" strikes out each row of X once,
        wherever it is, and takes the rest, so it does not matter whether the originals
        come first or whether some were removed. ``slice(None)`` means all of them, for
        a generator that gives back synthetic rows alone.
    categorical_features : "auto", "all", or array-like, default="auto"
        Columns of numbers that are categories all the same: names, positions or a mask;
        "auto" means none. Columns that are not numbers always are categories.
    n_neighbors : int >= 1, default=5
        Number of nearest rows that decide whether a row lies among another class. More
        of them look further around.
    max_rows : int >= 20, default=2000
        Number of synthetic rows of a class, and of real and hold-out rows that they are
        compared with, above which a random sample of them is used for distances and the
        classifier. The rows that they are near to, and the comparison of columns, are
        never sampled.
    random_state : int, RandomState instance or None, default=None
        Seed of the sample, the order of equal distances, and the classifier.
    n_jobs : int or None, default=None
        Number of threads; None means 1, -1 all. The report does not depend on it.

    Returns
    -------
    report : DiagnosisReport
        The measures below for each class, their references and what stands out; it
        knows ``to_frame()`` and ``plot()``.

    Raises
    ------
    ValueError
        If the tables do not fit together, hold infinity, or X_resampled holds no
        synthetic row.
    TypeError
        If a table is sparse or a column holds neither numbers nor categories.

    See Also
    --------
    DiagnosisReport : What comes back.
    ResampledClassifier : Resample inside ``fit``, to measure what the rows are worth.

    Notes
    -----
    A reading is given ("flagged") where a measure is further from its reference than a
    margin that matters in practice, and also than chance would make it. Of n real and m
    synthetic rows of a class, *sigma* is the square root of 1/n + 1/m.

    ======================  =====================================  ====================
    measure                 of the synthetic rows of the class     flagged if
    ======================  =====================================  ====================
    column_distance         distance between the distributions     above 0.1 and the
                            of the column that stands out most     reference, chance
    std_ratio               median over the columns of numbers,    off 1 by 0.1 and
                            standard deviation / that of real      1.8 sigma
                            rows
    correlation_difference  mean absolute difference of the        above 0.1 and
                            correlations of columns                1.2 sigma
    new_values              largest excess, over columns, of       above 0.1 and sigma
                            values that no real row has
    missing_difference      largest difference, over columns, of   above 0.05 and sigma
                            the share of missing values
    discriminator_auc       AUC of a classifier that tells them    above 0.5 by 0.1 and
                            from real rows                         0.8 sigma
    distance_ratio          median distance to the closest real    below 1/2 or above 2
                            row of the class / that of the rows
                            they are compared with
    close_share             share as close to a real row as the    above the reference
                            closest 5 % of the rows they are       by as much and noise
                            compared with
    copy_share              share identical to a real row of the   above the reference
                            class                                  by 0.01 and noise
    foreign_share           share with more than half of their     above the reference
                            nearest rows from other classes        by 0.1 and noise
    ======================  =====================================  ====================

    The rows they are compared with are the hold-out, or without one each real row of
    the class, as if it were not among the others; for ``foreign_share`` always the
    latter. The reference of a share is that of these rows, and *noise* three standard
    deviations of it.

    *Columns* (``column_measures``): distance is Kolmogorov-Smirnov's for numbers and
    total variation for categories, in which missing is a category; ``chance_distance``
    is a bound that independent samples of these sizes exceed in one column or more with
    probability 5 % at most. ``new_values`` is the share of synthetic values that no
    real row has, less the share of real values that no other real row has: fractions in
    a column of whole numbers are near 1, repeated values are negative.

    *Distances* are Euclidean. A column of numbers is divided by its standard deviation
    in X. Two different categories add :math:`2 / (1 - \sum_v p_v^2)` to the squared
    distance, with :math:`p_v` the shares of values in X: as a standardised column of 0
    and 1 does, and on average over pairs as much as a column of numbers. A missing
    number is at the mean and one unit away from those that are there, which is as much
    on average too; two missing values agree. So the distance is 0 for identical rows
    alone.

    *Classifier*: extremely randomised trees, cross-validated. In ordinary folds, a real
    row meets its own copies or children in the training part, labelled synthetic, and
    the AUC falls far below 0.5; where each synthetic row follows the closest real row
    into its fold, the folds themselves tell which rows are which. Therefore rows are
    divided into ten cells by k-means, real and synthetic rows weighing the same, and
    whole cells into five folds: what is measured is whether a difference learned
    elsewhere holds in a cell that the classifier has not seen. Copies give 0.5, since
    they are distributed as the real rows are; ``copy_share`` finds them.

    *Among another class*: the closest real row of its own class is left out, for a
    synthetic row as for a real one, whose closest row is itself. Otherwise a synthetic
    row would have its parents for company.

    A class needs one synthetic row to be looked at. With fewer than ten of either kind,
    ``discriminator_auc`` is NaN, with fewer than three ``correlation_difference``, with
    fewer than two ``std_ratio``; with one real row, what is compared with distances
    between real rows. The report does not depend on the order of the rows.

    Cost: sorting, O(n_features n log n) for n rows in all; a neighbour search of up to
    ``max_rows`` rows in X and in the class; five fits of 50 trees to at most twice
    ``max_rows`` rows, for each class.

    References
    ----------
    O. Mendelevitch, M. D. Lesh, 2021, "Fidelity and Privacy of Synthetic Medical Data",
    arXiv:2101.08658, sections 3.4 to 3.6 and 4.

    M. Platzer, T. Reutterer, 2021, "Holdout-Based Empirical Assessment of Mixed-Type
    Synthetic Data", Frontiers in Big Data 4, 679939 (distances compared with a
    hold-out).

    D. Lopez-Paz, M. Oquab, 2017, "Revisiting Classifier Two-Sample Tests", ICLR.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from skx.resampling import SMOTE, diagnose
    >>> X, y = make_classification(
    ...     n_samples=600, n_features=6, weights=[0.8], random_state=0
    ... )
    >>> X_resampled, y_resampled = SMOTE(random_state=0).fit_resample(X, y)
    >>> report = diagnose(X, y, X_resampled, y_resampled, random_state=0)
    >>> report.classes, report.n_synthetic.tolist()
    ([1], [362])
    >>> bool(report.measures["distance_ratio"][0] < 0.7)
    True
    """
    tables = {"X": X, "X_resampled": X_resampled}
    targets = {"y": y, "y_resampled": y_resampled}
    if holdout is not None:
        if len(holdout) != 2:
            raise ValueError(
                f"holdout has {len(holdout)} parts; pass the pair (X, y) of the rows "
                "held out."
            )
        tables["the hold-out"], targets["y of the hold-out"] = holdout
    columns = read_columns(tables, categorical_features, "diagnose")
    classes, codes = _read_labels(targets, columns.tables)
    values, labels = np.vstack(columns.tables), np.concatenate(codes)
    ids = _number_rows(values, labels)
    ids_of = np.split(ids, np.cumsum([len(code) for code in codes])[:-1])
    if holdout is not None and np.array_equal(np.sort(ids_of[0]), np.sort(ids_of[2])):
        raise ValueError(
            "The hold-out consists of the rows of X; pass rows that the sampler has "
            "not seen, or no hold-out."
        )
    is_new, n_removed = _find_synthetic(ids_of[0], ids_of[1], synthetic)

    # Rows are numbered by what they hold, so this order does not depend on theirs.
    seed = draw_seed(random_state)
    kind = np.repeat(np.arange(len(codes)), [len(code) for code in codes])
    kind[len(codes[0]) :][: is_new.size][~is_new] = -1
    order = np.lexsort([kind, ids])
    keys = ClassDraw(seed, 0).bits(0, order.size)
    order = order[np.argsort(keys, kind="stable")]
    values, labels, kind = values[order], labels[order], kind[order]
    rows = _Rows(*(_Kind(values[kind == k], labels[kind == k]) for k in range(3)))

    others = np.vstack([rows.new.values, rows.held_out.values])
    space = Space(rows.real.values, others, columns.is_category)
    points = space.place(rows.real.values)
    settings = _Settings(n_neighbors, max_rows, int(seed % np.uint64(2**31)), n_jobs)
    grown = np.unique(rows.new.labels).tolist()
    found = [_measure(code, rows, space, points, settings) for code in grown]
    findings = [_read(each, columns.names, max_rows) for each in found]
    return DiagnosisReport(
        classes=[classes[code] for code in grown],
        columns=columns.names,
        is_category=columns.is_category,
        n_real=np.array([each.n_real for each in found]),
        n_synthetic=np.array([each.n_new for each in found]),
        n_holdout=np.array([len(rows.held_out.of(code)) for code in grown]),
        n_removed=n_removed,
        measures={n: np.array([f[n].value for f in findings]) for n in findings[0]},
        references={
            n: np.array([f[n].reference for f in findings]) for n in findings[0]
        },
        readings={n: [f[n].reading for f in findings] for n in findings[0]},
        column_measures={
            name: np.stack([getattr(each.columns, name) for each in found])
            for name in ColumnMeasures._fields
        },
        synthetic_distances=[each.near for each in found],
        reference_distances=[each.usual for each in found],
    )


def _read_labels(
    targets: dict[str, ArrayLike], tables: list[Values]
) -> tuple[list[Any], list[Rows]]:
    """Read labels as positions in the classes of y; -1 for others in a hold-out."""
    classes: list[Any] = []
    codes = []
    for (name, y), table in zip(targets.items(), tables, strict=True):
        labels = to_numpy(y)
        kind = type_of_target(labels, input_name=name, raise_unknown=True)
        if kind == "continuous":
            raise ValueError(
                f"{name} is continuous, but diagnose compares the rows of classes; for "
                "a numeric target, pass intervals of it as labels."
            )
        if kind.endswith(("indicator", "multioutput")):
            raise ValueError(
                f"{name} has shape {labels.shape}; pass one column of labels."
            )
        labels = column_or_1d(labels)
        if len(labels) != len(table):
            raise ValueError(
                f"{name} has {len(labels)} labels for {len(table)} rows; give one "
                "label per row."
            )
        present = np.unique(labels).tolist()
        classes = classes or present
        position = {label: code for code, label in enumerate(classes)}
        unknown = [label for label in present if label not in position]
        if unknown and name == "y_resampled":
            raise ValueError(
                f"y_resampled holds class {unknown[0]!r}, which y does not; the "
                f"classes of y are {classes}."
            )
        codes.append(np.array([position.get(label, -1) for label in labels.tolist()]))
    return classes, codes


def _number_rows(values: Values, labels: Rows) -> Rows:
    """Give rows numbers in sorted order; equal rows of one class share one."""
    order = np.lexsort([*values.T[::-1], labels])
    differs = np.zeros(order.size, np.bool_)
    for column in (*values.T, labels):
        column = column[order]
        same = column[1:] == column[:-1]
        differs[1:] |= ~(same | (np.isnan(column[1:]) & np.isnan(column[:-1])))
    ids = np.empty(order.size, np.int64)
    ids[order] = np.cumsum(differs)
    return ids


def _find_synthetic(
    real: Rows, resampled: Rows, synthetic: Any
) -> tuple[NDArray[np.bool_], int]:
    """Mark the synthetic rows among the resampled ones; count real ones not there."""
    order = np.argsort(resampled, kind="stable")
    ordered = resampled[order]
    occurrence = np.arange(order.size) - np.searchsorted(ordered, ordered)
    n_times = np.bincount(real, minlength=int(resampled.max()) + 1)
    is_new = np.empty(order.size, np.bool_)
    is_new[order] = occurrence >= n_times[ordered]
    n_found = int((~is_new).sum())
    if not (isinstance(synthetic, str) and synthetic == "auto"):
        is_new = _marked(synthetic, order.size)
    elif n_found == 0:
        raise ValueError(
            f"None of the {real.size} rows of X is in X_resampled with its label. Pass "
            "both as the sampler took and gave them, scaled alike and of one dtype; if "
            "X_resampled holds synthetic rows alone, pass synthetic=slice(None)."
        )
    if not is_new.any():
        raise ValueError(
            f"X_resampled holds no synthetic row: all of its {order.size} rows are "
            "rows of X. diagnose looks at rows that a sampler has added."
        )
    return is_new, real.size - n_found


def _marked(synthetic: Any, n_rows: int) -> NDArray[np.bool_]:
    is_new = np.zeros(n_rows, np.bool_)
    if isinstance(synthetic, str):
        raise ValueError(
            f"synthetic={synthetic!r} is not known; pass 'auto', a slice, a mask or "
            "row numbers."
        )
    try:
        is_new[synthetic if isinstance(synthetic, slice) else np.asarray(synthetic)] = 1
    except IndexError as error:
        raise ValueError(
            f"synthetic does not fit X_resampled of {n_rows} rows ({error}); pass a "
            "mask with one entry per row, or row numbers."
        ) from error
    return is_new


class _Kind(NamedTuple):
    """Real, synthetic or held-out rows."""

    values: Values
    labels: Rows

    def of(self, code: int) -> Values:
        return self.values[self.labels == code]


class _Rows(NamedTuple):
    real: _Kind
    new: _Kind
    held_out: _Kind


class _Settings(NamedTuple):
    n_neighbors: int
    max_rows: int
    seed: int
    n_jobs: int | None


class _Measured(NamedTuple):
    """What was measured of one class."""

    n_real: int
    n_new: int
    columns: ColumnMeasures
    correlation_difference: float
    auc: float
    near: Values  # distances of synthetic rows to the closest real one
    usual: Values  # those of the rows they are compared with
    is_held_out: bool  # whether these are the hold-out
    foreign: float
    usually_foreign: float


class _Finding(NamedTuple):
    value: float
    reference: float
    reading: str


def _measure(
    code: int, rows: _Rows, space: Space, points: Any, settings: _Settings
) -> _Measured:
    """Measure one class; ``points`` are the places of all real rows."""
    n_neighbors, max_rows, seed, n_jobs = settings
    is_own = rows.real.labels == code
    real, new, held_out = (kind.of(code) for kind in rows)
    near_to, some_real = points[is_own], points[is_own][:max_rows]
    some_new = space.place(new[:max_rows])
    if len(held_out):
        usual = closest_distances(near_to, space.place(held_out[:max_rows]), n_jobs)
    elif len(real) > 1:
        usual = distances_to_others(near_to, max_rows, n_jobs)
    else:
        usual = np.empty(0)
    foreign = [
        np.nan
        if is_own.all()
        else foreign_share(points, is_own, some, n_neighbors, n_jobs)
        for some in (some_new, some_real)
    ]
    real_scaled, new_scaled = space.standardise(real), space.standardise(new)
    numbers = ~space.is_category
    return _Measured(
        n_real=len(real),
        n_new=len(new),
        columns=compare_columns(real, new, space.is_category),
        correlation_difference=correlation_difference(
            real_scaled[:, numbers], new_scaled[:, numbers]
        ),
        auc=discriminator_auc(
            real_scaled[:max_rows],
            new_scaled[:max_rows],
            some_real,
            some_new,
            seed,
            n_jobs,
        ),
        near=closest_distances(near_to, some_new, n_jobs),
        usual=usual,
        is_held_out=len(held_out) > 0,
        foreign=foreign[0],
        usually_foreign=foreign[1],
    )


def _read(found: _Measured, names: list[Any], max_rows: int) -> dict[str, _Finding]:
    """Set each measure against its reference; the rules are in diagnose's Notes."""
    columns, sigma = found.columns, np.sqrt(1 / found.n_real + 1 / found.n_new)
    out: dict[str, _Finding] = {}

    def add(
        name: str, value: float, reference: float, stands_out: bool, text: str
    ) -> None:
        out[name] = _Finding(value, reference, text if stands_out else "")

    allowed = np.maximum(0.1, columns.chance_distance)
    j = _first_largest(columns.distance - allowed)
    value, chance = columns.distance[j], columns.chance_distance[j]
    add(
        "column_distance",
        value,
        chance,
        value > allowed[j],
        f"column {names[j]!r} is distributed differently: distance {value:.2f}, where "
        f"chance alone gives up to {chance:.2f}.",
    )
    ratio = _median(columns.std_ratio)
    add(
        "std_ratio",
        ratio,
        1.0,
        abs(ratio - 1) > max(0.1, 1.8 * sigma),
        f"synthetic rows are {'less' if ratio < 1 else 'more'} spread out: the median "
        f"standard deviation of a column is {ratio:.2f} times that of real rows.",
    )
    value = found.correlation_difference
    add(
        "correlation_difference",
        value,
        0.0,
        value > max(0.1, 1.2 * sigma),
        f"columns are correlated differently: by {value:.2f} on average.",
    )
    j = _first_largest(columns.new_values)
    value = columns.new_values[j]
    add(
        "new_values",
        value,
        0.0,
        value > max(0.1, sigma),
        f"column {names[j]!r} has values that no real row has: {value:.0%} of the "
        "synthetic rows more than expected.",
    )
    j = _first_largest(np.abs(columns.missing_difference))
    value = columns.missing_difference[j]
    add(
        "missing_difference",
        value,
        0.0,
        abs(value) > max(0.05, sigma),
        f"column {names[j]!r} is missing {'more' if value > 0 else 'less'} often, by "
        f"{abs(value):.0%} of the rows.",
    )
    n_real, n_new = min(found.n_real, max_rows), min(found.n_new, max_rows)
    add(
        "discriminator_auc",
        found.auc,
        0.5,
        found.auc > 0.5 + max(0.1, 0.8 * np.sqrt(1 / n_real + 1 / n_new)),
        f"a classifier tells synthetic rows from real ones: AUC {found.auc:.2f}.",
    )
    near, usual = found.near, found.usual
    others = "held-out rows are" if found.is_held_out else "real rows are, mutually"
    with np.errstate(divide="ignore", invalid="ignore"):
        value = float(np.divide(_median(near), _median(usual)))
    add(
        "distance_ratio",
        value,
        1.0,
        value < 0.5 or value > 2,
        f"synthetic rows are {value:.2g} times as far from the closest real row as "
        f"{others}.",
    )
    limit = np.quantile(usual, 0.05) if usual.size else np.nan
    value, reference = _share(near <= limit, usual), _share(usual <= limit, usual)
    add(
        "close_share",
        value,
        reference,
        value > max(2 * reference, reference + _noise(reference, usual.size)),
        f"{value:.0%} of the synthetic rows are as close to a real row as the closest "
        f"{reference:.0%} of {others}.",
    )
    value, reference = _share(near == 0, near), _share(usual == 0, usual)
    add(
        "copy_share",
        value,
        reference,
        value > reference + max(0.01, _noise(reference, usual.size)),
        f"{value:.0%} of the synthetic rows are copies of real rows.",
    )
    value, reference = found.foreign, found.usually_foreign
    add(
        "foreign_share",
        value,
        reference,
        value > reference + max(0.1, _noise(reference, n_real)),
        f"{value:.0%} of the synthetic rows fall among another class, and "
        f"{reference:.0%} of the real rows.",
    )
    return out


def _first_largest(values: Values) -> int:
    return int(np.argmax(np.where(np.isnan(values), -np.inf, values)))


def _median(values: Values) -> float:
    there = values[~np.isnan(values)]
    return float(np.median(there)) if there.size else np.nan


def _share(holds: NDArray[np.bool_], compared: Values) -> float:
    return float(holds.mean()) if compared.size else np.nan


def _noise(share: float, n_rows: int) -> float:
    """Three standard deviations of a share of so many rows."""
    return 3 * float(np.sqrt(share * (1 - share) / max(n_rows, 1)))
