# SPDX-License-Identifier: BSD-3-Clause
"""MLSMOTE: synthetic rows for the rare labels of multilabel data."""

import warnings
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import (
    check_consistent_length,
    column_or_1d,
    validate_data,
)

from skx._base.estimator import SkxEstimator
from skx._base.sklearn import Interval, StrOptions, fit_context
from skx._caller import caller_level
from skx._random import draw_seed
from skx.resampling._base import (
    ClassDraw,
    ClassTask,
    Rows,
    check_weights,
    mix_weights,
)
from skx.resampling._rows import append_labels
from skx.resampling._smote import sample_between
from skx.resampling._strategy import new_counts
from skx.resampling._tables import Table, read_table


class MLSMOTE(SkxEstimator):
    """SMOTE for multilabel data: synthetic rows for the labels that are rare.

    A new row lies between two neighbours that share a rare label and carries the labels
    that most of the neighbourhood has. Use it where rows have several labels and
    classifiers never predict the rare ones. Rare labels often come along with common
    ones, which then grow too: look at the counts afterwards. Probabilities are
    distorted as by any resampling. Distances are those of the raw columns: put a scaler
    first.

    Parameters
    ----------
    sampling_strategy : "auto", float or dict, default="auto"
        How many rows are made for which labels. More rows may carry a label in the end,
        as others come along.

        - "auto": each label that is rarer than the average gets as many new rows as it
          has, as in the paper; see Notes.
        - float in (0, 1]: each of these labels grows to this share of the rows of the
          most common label, if it has less.
        - dict: label to number of rows that carry it afterwards, at least the present
          one. Labels are column numbers of y, or column names of a frame.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws. The same int gives the same rows for any ``n_jobs``, memory
        layout and container.
    k_neighbors : int >= 1, default=5
        Number of neighbours, among the rows with the label, that a partner is drawn
        from and that vote on the labels of the new row.
    labelset : {"ranking", "union", "intersection"}, default="ranking"
        Which labels a new row carries: those of more than half of base and neighbours,
        of at least one of them, or of all of them. The label it is made for is always
        one.
    small_class : {"raise", "shrink"}, default="raise"
        What to do with a label that should grow and has at most ``k_neighbors`` rows:
        raise an error, or use all its other rows as neighbours. For a label of one row,
        "shrink" makes no new rows and warns.
    n_jobs : int or None, default=None
        Number of threads for the search and the interpolation; None means 1, -1 all.

    Attributes
    ----------
    sampling_strategy_ : dict
        Label to number of rows made for it.
    imbalance_ratios_ : ndarray of shape (n_labels,), float64
        Rows of the most common label over rows of each label; inf if it has none.
    mean_imbalance_ratio_ : float
        Mean of the finite ones.
    parents_ : ndarray of shape (n_new, 2), int64
        Row numbers in X of base and partner of each new row, in output order.
    parent_weights_ : ndarray of shape (n_new, 2), float64
        Shares of base and partner in the numbers of each new row.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,), object
        Column names, if X has string ones.

    See Also
    --------
    SMOTE : For one label per row.
    ResampledClassifier : Resample inside ``fit`` of a scikit-learn estimator.

    Notes
    -----
    With n_l rows for label l, its imbalance ratio is max n / n_l, and a label is rare
    if that exceeds the mean over labels. The output holds the rows of X, then the new
    rows, label by label; each row with the label serves equally often as base. All
    parents and voters are rows of X. The pseudo-code of the paper adds the rows of one
    label before it looks at the next, which makes the result depend on the order of
    labels; the authors' R package mldr.resampling does not. Labels without any row are
    no part of the mean. A vector of class labels as y counts as one label per row.

    Numbers are drawn and interpolated as by :class:`SMOTE`, with its rules for ties,
    integers, missing values and sparse X. The paper's distance between categories is
    not there: encode them as numbers.

    With ``sample_weight``, rows of weight 0 are neither parents nor voters; a new row's
    weight is the mean of its parents', weighted as the row itself. Labels are counted
    without weights.

    Cost: that of SMOTE for each label that grows, plus O(n_new n_labels) for dense y.

    References
    ----------
    F. Charte, A. J. Rivera, M. J. del Jesus, F. Herrera, 2015, "MLSMOTE: Approaching
    imbalanced multilabel learning through synthetic instance generation",
    Knowledge-Based Systems 89, 385-397, algorithms 1 and 2.

    Examples
    --------
    >>> from sklearn.datasets import make_multilabel_classification
    >>> from skx.resampling import MLSMOTE
    >>> X, y = make_multilabel_classification(
    ...     n_samples=200, n_classes=4, n_labels=1, random_state=2
    ... )
    >>> X_resampled, y_resampled = MLSMOTE(random_state=0).fit_resample(X, y)
    >>> y.sum(axis=0).tolist(), y_resampled.sum(axis=0).tolist()
    ([64, 6, 75, 51], [64, 12, 75, 51])
    """

    _parameter_constraints: ClassVar[dict] = {
        "sampling_strategy": [
            StrOptions({"auto"}),
            Interval(Real, 0, 1, closed="right"),
            dict,
        ],
        "random_state": ["random_state"],
        "k_neighbors": [Interval(Integral, 1, None, closed="left")],
        "labelset": [StrOptions({"ranking", "union", "intersection"})],
        "small_class": [StrOptions({"raise", "shrink"})],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        *,
        sampling_strategy: str | float | Mapping[Any, int] = "auto",
        random_state: int | np.random.RandomState | None = None,
        k_neighbors: int = 5,
        labelset: str = "ranking",
        small_class: str = "raise",
        n_jobs: int | None = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.k_neighbors = k_neighbors
        self.labelset = labelset
        self.small_class = small_class
        self.n_jobs = n_jobs

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any, **params: Any) -> "MLSMOTE":
        """Check the data and count the labels; ``fit_resample`` does the whole job.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Training rows.
        y : {array-like, sparse matrix, dataframe} of shape (n_samples, n_labels)
            Indicator of the labels.
        **params : dict
            Accepted for scikit-learn's protocol and not used.

        Returns
        -------
        self : object
            The sampler with ``sampling_strategy_`` set.
        """
        _, labels = self._read(X, y)
        self._plan(labels)
        return self

    @fit_context(prefer_skip_nested_validation=True)
    def fit_resample(
        self, X: Any, y: Any, *, sample_weight: ArrayLike | None = None
    ) -> tuple[Any, ...]:
        """Add synthetic rows for the labels that ``sampling_strategy`` names.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Training rows: NumPy array, list, scipy.sparse array or matrix, pandas or
            polars frame, of float, integer or bool type. Dense data may hold NaN.
        y : {array-like, sparse matrix, dataframe} of shape (n_samples, n_labels)
            Indicator of the labels: 1 where a row carries one, else 0.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the rows, for the result; one of weight 0 stays in
            the output but is no parent of any synthetic row.

        Returns
        -------
        X_resampled : same kind as X, of shape (n_samples + n_new, n_features)
            The rows of X as they were, then the synthetic rows, label by label.
        y_resampled : same kind as y, of shape (n_samples + n_new, n_labels)
            Their labels.
        sample_weight_resampled : ndarray of shape (n_samples + n_new,)
            Only if ``sample_weight`` is given: a synthetic row's weight is the mean of
            its parents' weights, weighted as the row itself.

        Raises
        ------
        ValueError
            If y is no indicator, if a label that should grow has too few rows, or if
            the input or a parameter is not as above; the text says which value is wrong
            and what to do.
        """
        table, labels = self._read(X, y)
        weights = check_weights(sample_weight, np.empty(table.values.shape[0]))
        n_new = self._plan(labels)
        tasks = self._tasks(table, labels, n_new, weights)
        is_sparse = sparse.issparse(table.values)
        stops = np.cumsum([task.n_new for task in tasks], dtype=np.int64)
        n_rows = int(stops[-1]) if tasks else 0
        room: Any = None if is_sparse else table.room(n_rows)
        litters = [_none_born(table.values, labels.carries)]
        for task, stop in zip(tasks, stops, strict=True):
            out = None if is_sparse else room[stop - task.n_new : stop]
            litters.append(self._sample_label(task, labels, out))
        values, carries, parents, shares = zip(*litters, strict=True)
        if is_sparse:
            room = sparse.vstack(values, format="csr")
        self.parents_ = np.concatenate(parents)
        self.parent_weights_ = np.concatenate(shares)
        X_out = table.append(room, np.empty((n_rows, 0), np.int32))
        y_out = labels.append(y, carries, self.parents_[:, 0])
        if weights is None:
            return X_out, y_out
        mixed = mix_weights(weights, self.parents_, self.parent_weights_)
        return X_out, y_out, np.concatenate([weights, mixed])

    def _read(self, X: Any, y: Any) -> tuple[Table, "Labels"]:
        table = read_table(X, self)
        validate_data(self, X, skip_check_array=True)
        if y is None:
            raise ValueError(
                "This MLSMOTE estimator requires y to be passed, but the target y is "
                "None."
            )
        labels = _read_labels(y, self)
        check_consistent_length(table.values, labels.carries)
        return table, labels

    def _plan(self, labels: "Labels") -> Rows:
        """Count the new rows of each label."""
        counts = np.asarray(labels.carries.sum(axis=0)).ravel()
        with np.errstate(divide="ignore"):
            ratios = counts.max() / counts
        mean = ratios[counts > 0].mean()
        rare = np.flatnonzero((ratios > mean) & (counts > 0))
        n_new = np.zeros(counts.shape[0], np.int64)
        if isinstance(self.sampling_strategy, Mapping):
            present = {
                name: count
                for name, count in zip(labels.names, counts.tolist(), strict=True)
                if count
            }
            chosen = new_counts(self.sampling_strategy, counts, present)
            for name, number in chosen.items():
                n_new[labels.names.index(name)] = number
        elif self.sampling_strategy == "auto":
            n_new[rare] = counts[rare]
        else:
            goal = int(self.sampling_strategy * counts.max())
            n_new[rare] = np.maximum(goal - counts[rare], 0)
        self.imbalance_ratios_, self.mean_imbalance_ratio_ = ratios, float(mean)
        self.sampling_strategy_ = {
            labels.names[j]: int(n_new[j]) for j in np.flatnonzero(n_new)
        }
        return n_new

    def _tasks(
        self, table: Table, labels: "Labels", n_new: Rows, weights: Any
    ) -> list[ClassTask]:
        """List the labels that grow, with the rows that carry them."""
        seed = draw_seed(self.random_state)
        n_samples = table.values.shape[0]
        eligible = np.arange(n_samples)
        if weights is not None:
            eligible = np.flatnonzero(weights > 0)
        tasks = []
        for label in np.flatnonzero(n_new).tolist():
            carries = labels.carries[:, [label]]
            if sparse.issparse(carries):
                carries = carries.toarray()
            task = ClassTask(
                table=table,
                codes=carries.ravel(),
                eligible=eligible,
                code=1,
                label=labels.names[label],
                n_new=int(n_new[label]),
                draw=ClassDraw(seed, label),
            )
            if self._is_large_enough(task):
                tasks.append(task)
            else:
                del self.sampling_strategy_[task.label]
        return tasks

    def _is_large_enough(self, task: ClassTask) -> bool:
        n_rows = task.rows.shape[0]
        if n_rows > self.k_neighbors:
            return True
        has = f"Label {task.label!r} has {n_rows} {'row' if n_rows == 1 else 'rows'}"
        if self.small_class == "raise":
            raise ValueError(
                f"{has} (of positive weight, if there are weights), fewer than "
                f"k_neighbors + 1 = {self.k_neighbors + 1}; lower k_neighbors, pass "
                "small_class='shrink', or name the labels that should grow by "
                "sampling_strategy."
            )
        if n_rows < 2:
            warnings.warn(
                f"{has} to draw new ones between, which takes two; none are made.",
                UserWarning,
                stacklevel=caller_level(),
            )
        return n_rows > 1

    def _sample_label(self, task: ClassTask, labels: "Labels", out: Any) -> "Born":
        """Make the new rows of one label, in ``out`` unless X is sparse."""
        n_neighbors = min(self.k_neighbors, task.rows.shape[0] - 1)
        values, pairs = sample_between(task, n_neighbors, out, self.n_jobs)
        votes = labels.carries[pairs.bases]
        for neighbors in pairs.neighbors.T:
            votes = votes + labels.carries[neighbors]
        needed = {"union": 0, "ranking": (n_neighbors + 1) / 2}
        elected = votes > needed.get(self.labelset, n_neighbors)
        return Born(values, elected[pairs.position], pairs.parents, pairs.shares)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.target_tags.multi_output = True
        tags.target_tags.two_d_labels = True
        tags.input_tags.sparse = True
        tags.input_tags.allow_nan = True
        return tags


class Labels(NamedTuple):
    """Which row carries which label, and where that was read from.

    carries (n, n_labels) int32: array or CSR array of 0 and 1; names: what the labels
    are called; table: y as a table, or None if it is a vector of classes.
    """

    carries: Any
    names: list[Any]
    table: Table | None

    def append(self, y: Any, new: tuple[Any, ...], bases: Rows) -> Any:
        """Append the labels of new rows to y: its kind and dtype survive."""
        if self.table is None:
            # Base and voters are of one class.
            return append_labels(y, self.carries.shape[0], bases)
        if sparse.issparse(self.carries):
            block = sparse.vstack(new, format="csr").astype(np.float64)
        else:
            block = self.table.room(bases.shape[0])
            block[:] = np.concatenate(new)
        return self.table.append(block, np.empty((bases.shape[0], 0), np.int32))


class Born(NamedTuple):
    """New rows, dense or CSR, the labels they carry and whose they are."""

    values: Any
    carries: Any
    parents: Rows
    shares: NDArray[np.float64]


def _none_born(X: Any, carries: Any) -> Born:
    return Born(X[:0], carries[:0] > 0, np.empty((0, 2), np.int64), np.empty((0, 2)))


def _read_labels(y: Any, estimator: Any) -> Labels:
    """Read an indicator matrix, or a vector of classes as one label per row."""
    try:
        shape = y.shape if hasattr(y, "shape") else np.asarray(y).shape
    except ValueError:
        raise _no_indicator("is made of lists of different lengths") from None
    if len(shape) == 1 or (len(shape) == 2 and shape[1] == 1):
        labels = np.asarray(y)
        kind = type_of_target(labels, input_name="y", raise_unknown=True)
        if kind not in ("binary", "multiclass"):
            raise ValueError(
                f"Unknown label type: {kind}. MLSMOTE needs an indicator of shape "
                "(n_samples, n_labels), or one class per row."
            )
        classes, codes = np.unique(column_or_1d(labels, warn=True), return_inverse=True)
        ones = np.ones(codes.shape[0], np.int32), codes, np.arange(codes.shape[0] + 1)
        carries = sparse.csr_array(ones, shape=(codes.shape[0], classes.shape[0]))
        return Labels(carries, classes.tolist(), None)
    if len(shape) != 2 or not _is_indicator(y):
        raise _no_indicator(f"has shape {shape}")
    table = read_table(y, estimator)
    carries = table.values.astype(np.int32)
    if sparse.issparse(carries):
        carries.eliminate_zeros()
    names = y.columns if hasattr(y, "columns") else range(shape[1])
    return Labels(carries, list(names), table)


def _no_indicator(what: str) -> ValueError:
    return ValueError(
        f"y {what} and is no indicator of labels, which holds 1 where a row carries a "
        "label and 0 elsewhere, of shape (n_samples, n_labels). MultiLabelBinarizer of "
        "sklearn.preprocessing makes one of lists of labels."
    )


def _is_indicator(y: Any) -> bool:
    if hasattr(y, "isin"):  # pandas, whose missing values compare as neither
        return bool(y.isin([0, 1]).all(axis=None))
    values = y.tocsr().data if sparse.issparse(y) else np.asarray(y)
    return values.dtype.kind in "fiubO" and bool(np.isin(values, [0, 1]).all())
