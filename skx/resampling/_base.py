# SPDX-License-Identifier: BSD-3-Clause
"""What the samplers share: validation, class counts, containers, provenance.

The only module of the family that imports imbalanced-learn. Its base class is what
makes skx's samplers work in imbalanced-learn's pipelines and pass its checks.
"""

import warnings
from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property
from math import isnan
from typing import Any, ClassVar, NamedTuple

import numpy as np
from imblearn.base import BaseSampler
from imblearn.over_sampling.base import BaseOverSampler
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import (
    check_consistent_length,
    column_or_1d,
    validate_data,
)

from skx._backend import is_device_array, like, to_numpy
from skx._base.estimator import SkxEstimator
from skx._base.sklearn import StrOptions, check_sample_weight, fit_context
from skx._caller import caller_level
from skx._numba import for_each_chunk
from skx._random import draw_seed
from skx.resampling import _device, _kernels
from skx.resampling._categories import is_missing_kind
from skx.resampling._rows import append_labels, copy_rows
from skx.resampling._strategy import cleaned_classes, new_counts
from skx.resampling._tables import Table, read_table

Rows = NDArray[np.int64]
Weights = NDArray[np.float64]


class Sampler(BaseSampler, SkxEstimator):
    """Base of the samplers of labelled rows: reading and checking."""

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any, **params: Any) -> "Sampler":
        """Check the data and the strategy; ``fit_resample`` does the whole job.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Training rows.
        y : array-like of shape (n_samples,)
            Class labels.
        **params : dict
            Accepted for scikit-learn's protocol and not used.

        Returns
        -------
        self : object
            The sampler with ``sampling_strategy_`` set.
        """
        _, labels = self._read(X, y)
        self.sampling_strategy_ = self._read_strategy(labels)
        return self

    def _read(self, X: Any, y: Any) -> tuple[Table, NDArray[Any]]:
        """Open X, check the labels and note the names of columns."""
        table = self._open(X)
        validate_data(self, X, skip_check_array=True)
        labels = self._check_labels(y)
        check_consistent_length(table.values, labels)
        return table, labels

    def _open(self, X: Any) -> Table:
        return read_table(X, self)

    @abstractmethod
    def _read_strategy(self, labels: NDArray[Any]) -> dict[Any, int]:
        """Return class to number of rows, as ``sampling_strategy_`` tells it."""

    def _class_counts(self, labels: NDArray[Any]) -> dict[Any, int]:
        """Return the classes, sorted, and their sizes; refuse a single class."""
        classes, counts = np.unique(labels, return_counts=True)
        present = dict(zip(classes.tolist(), counts.tolist(), strict=True))
        if len(present) == 1:
            (label,) = present
            raise ValueError(
                f"y holds one class only, {label!r}; {type(self).__name__} needs at "
                "least 2 classes."
            )
        return present

    def _check_labels(self, y: Any) -> NDArray[Any]:
        name = type(self).__name__
        if y is None:
            raise ValueError(
                f"This {name} estimator requires y to be passed, but the target y is "
                "None."
            )
        check_no_missing_labels(y)
        labels = to_numpy(y)
        kind = type_of_target(labels, input_name="y", raise_unknown=True)
        if kind == "multilabel-indicator":
            if not (labels.sum(axis=1) == 1).all():
                raise ValueError(
                    "Multilabel and multioutput targets are not supported: y has rows "
                    f"with several labels or none. {name} needs one label per row; for "
                    "several, use a multilabel method such as MLSMOTE."
                )
            return labels.argmax(axis=1)
        if kind.startswith("continuous"):
            raise ValueError(
                f"Unknown label type: {kind}. {name} needs class labels; for a numeric "
                "target, use a regression method such as SMOTER."
            )
        if kind.endswith("multioutput"):
            raise ValueError(
                "Multilabel and multioutput targets are not supported: y has shape "
                f"{labels.shape}. Pass one column of labels."
            )
        return column_or_1d(labels)


class OverSampler(Sampler):
    """Base of the methods that add rows to classes: how, the subclass says."""

    _sampling_type = "over-sampling"
    _parameter_constraints: ClassVar[dict] = BaseOverSampler._parameter_constraints
    # Whether a new row is the sum of its parents times their weights.
    _mixes_parents: ClassVar[bool] = True

    @fit_context(prefer_skip_nested_validation=True)
    def fit_resample(
        self, X: Any, y: Any, *, sample_weight: ArrayLike | None = None
    ) -> tuple[Any, ...]:
        """Add synthetic rows to the classes that ``sampling_strategy`` names.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Training rows: NumPy array, list, pandas or polars frame, of float, integer
            or bool type. The notes of the class tell whether it takes scipy.sparse
            arrays and matrices, and missing values (NaN).
        y : array-like of shape (n_samples,)
            Class labels, or their one-hot encoding (n_samples, n_classes).
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the rows, for the result; one of weight 0 stays in
            the output but is no parent of any synthetic row.

        Returns
        -------
        X_resampled : same kind as X, of shape (n_samples + n_new, n_features)
            The rows of X as they were, then the synthetic rows, class by class.
        y_resampled : same kind as y, of shape (n_samples + n_new,)
            Their labels.
        sample_weight_resampled : ndarray of shape (n_samples + n_new,)
            Only if ``sample_weight`` is given: a synthetic row's weight is the mean of
            its parents' weights by their shares in the row, or its base's weight if it
            has no ``parent_weights_``.

        Raises
        ------
        ValueError
            If the input or a combination of it with a parameter cannot be resampled;
            the text says which value is wrong and what to do.
        """
        return self._fit_resample(X, y, sample_weight=sample_weight)

    def _fit_resample(
        self, X: Any, y: Any, *, sample_weight: ArrayLike | None = None
    ) -> tuple[Any, ...]:
        table, labels = self._read(X, y)
        weights = check_weights(sample_weight, labels)
        self.sampling_strategy_ = self._read_strategy(labels)
        born = self._synthesise(table, labels, weights)
        self.parents_ = born.parents
        if born.shares is not None:
            self.parent_weights_ = born.shares
        elif hasattr(self, "parent_weights_"):  # of a call with other parameters
            del self.parent_weights_
        X_out = table.append(born.values, born.codes)
        y_out = append_labels(y, labels.shape[0], born.parents[:, 0])
        if weights is None:
            return X_out, y_out
        if born.shares is not None:
            new_weights = mix_weights(weights, born.parents, born.shares)
        else:
            new_weights = weights[born.parents[:, 0]]
        weights = np.concatenate([weights, new_weights])
        return X_out, y_out, like(sample_weight, weights)

    def _read_strategy(self, labels: NDArray[Any]) -> dict[Any, int]:
        return new_counts(self.sampling_strategy, labels, self._class_counts(labels))

    def _synthesise(
        self, table: Table, labels: NDArray[Any], weights: Weights | None
    ) -> "Offspring":
        """Make the new rows of every class, class by class in sorted order."""
        seed = draw_seed(self.random_state)
        classes, codes = np.unique(labels, return_inverse=True)
        names = classes.tolist()
        n_new = [self.sampling_strategy_.get(name, 0) for name in names]
        room = None if sparse.issparse(table.values) else table.room(sum(n_new))
        eligible = np.arange(codes.shape[0])
        if weights is not None:
            eligible = np.flatnonzero(weights > 0)
        litters, stops = [], np.cumsum(n_new)
        for code in np.flatnonzero(n_new).tolist():
            start, stop = stops[code] - n_new[code], stops[code]
            task = ClassTask(
                table=table,
                codes=codes,
                eligible=eligible,
                code=code,
                label=names[code],
                n_new=n_new[code],
                draw=ClassDraw(seed, code),
            )
            out = None if room is None else room[start:stop, :]
            litters.append(self._sample_class(task, out))
        return self._join(litters, table, room)

    def _sample_class(self, task: "ClassTask", out: Any) -> "Offspring":
        """Make the new rows of one class, in ``out`` unless X is sparse."""
        parents, shares = self._draw_parents(task)
        shares = shares.astype(task.dtype, copy=False)
        values = interpolate(task.X, parents, shares, out, self.n_jobs)
        return Offspring(values, parents, shares.astype(np.float64, copy=False))

    def _join(self, litters: list["Offspring"], table: Table, room: Any) -> "Offspring":
        """Put the new rows of all classes together, filling up missing parents."""
        if room is None:
            none = sparse.csr_array(
                (0, table.values.shape[1]), dtype=table.values.dtype
            )
            blocks = [none, *(born.values for born in litters)]
            room = sparse.vstack(blocks, format="csr")
        width = max((born.parents.shape[1] for born in litters), default=2)
        parents = np.full((room.shape[0], width), -1)
        shares = np.zeros(parents.shape) if self._mixes_parents else None
        codes = np.empty((room.shape[0], table.codes.shape[1]), np.int32)
        stop = 0
        for born in litters:
            start, stop = stop, stop + born.parents.shape[0]
            parents[start:stop, : born.parents.shape[1]] = born.parents
            if shares is not None and born.shares is not None:
                shares[start:stop, : born.shares.shape[1]] = born.shares
            if born.codes is not None:
                codes[start:stop] = born.codes
        return Offspring(room, parents, shares, codes)

    def _draw_parents(self, task: "ClassTask") -> tuple[Rows, Weights]:
        """Choose base and partner (n_new, 2), rows of X, and their shares.

        For methods whose rows lie between two others; the rest override
        ``_sample_class``.
        """
        raise NotImplementedError

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


class Cleaner(Sampler):
    """Base of the methods that remove rows: which ones stay, the subclass says."""

    _sampling_type = "clean-sampling"
    _parameter_constraints: ClassVar[dict] = {
        "sampling_strategy": [
            StrOptions({"auto", "majority", "not minority", "not majority", "all"}),
            list,
            callable,
        ],
    }

    # A cleaner may hold an estimator or a sampler of the user, which validates itself.
    @fit_context(prefer_skip_nested_validation=False)
    def fit_resample(
        self, X: Any, y: Any, *, sample_weight: ArrayLike | None = None
    ) -> tuple[Any, ...]:
        """Remove rows from the classes that ``sampling_strategy`` names.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Training rows: NumPy array, list, scipy.sparse array or matrix, pandas or
            polars frame, of float, integer or bool type. Dense data may hold NaN.
        y : array-like of shape (n_samples,)
            Class labels, or their one-hot encoding (n_samples, n_classes).
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the rows, for the result. A row of weight 0 stays
            and has no say about others, as one without any value.

        Returns
        -------
        X_resampled : same kind as X, of shape (n_kept, n_features)
            The rows that stay, in their order; a pandas frame keeps their index.
        y_resampled : same kind as y, of shape (n_kept,)
            Their labels.
        sample_weight_resampled : ndarray of shape (n_kept,)
            Only if ``sample_weight`` is given: their weights.

        Raises
        ------
        ValueError
            If the input or a combination of it with a parameter cannot be cleaned; the
            text says which value is wrong and what to do.
        """
        return self._fit_resample(X, y, sample_weight=sample_weight)

    def _fit_resample(
        self, X: Any, y: Any, *, sample_weight: ArrayLike | None = None
    ) -> tuple[Any, ...]:
        table, labels = self._read(X, y)
        weights = check_weights(sample_weight, labels)
        self.sampling_strategy_ = self._read_strategy(labels)
        classes, codes = np.unique(labels, return_inverse=True)
        names = classes.tolist()
        cleaned = np.array([name in self.sampling_strategy_ for name in names])
        rows = np.arange(labels.shape[0])
        counts = np.ones(rows.size, np.bool_) if weights is None else weights > 0
        if isinstance(table.values, np.ndarray):
            counts &= ~np.isnan(table.values).all(axis=1)
        removed = self._removed_rows(
            CleaningTask(
                table.values, codes, names, cleaned[codes], np.flatnonzero(counts)
            )
        )
        self.sample_indices_ = np.setdiff1d(rows, removed, assume_unique=True)
        for code in np.setdiff1d(codes, codes[self.sample_indices_]):
            warnings.warn(
                f"{type(self).__name__} leaves no row of class {names[code]!r}, which "
                f"had {(codes == code).sum()}; leave the class out of "
                "sampling_strategy to keep it.",
                UserWarning,
                stacklevel=caller_level(),
            )
        kept = choose_rows(X, y, weights, self.sample_indices_)
        return kept if weights is None else (*kept[:2], like(sample_weight, kept[2]))

    def _read_strategy(self, labels: NDArray[Any]) -> dict[Any, int]:
        present = self._class_counts(labels)
        chosen = cleaned_classes(self.sampling_strategy, labels, present)
        return {label: present[label] for label in chosen}

    @abstractmethod
    def _removed_rows(self, task: "CleaningTask") -> Rows:
        """Return the rows to remove, a subset of those that may go."""

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.sampler_tags.sample_indices = True
        return tags


@dataclass
class CleaningTask:
    """What a method gets to know about the rows that it cleans.

    X: array, CSR array or array of a device; codes (n,): number of each row's class in
    ``names``, the sorted labels; cleaned (n,): whether the class may lose rows;
    eligible: the rows that count, ascending, which leaves out those of weight 0 or
    without any value; found (n, k): neighbours found on a device so far, there, and n
    for rows not searched for.
    """

    X: Any
    codes: Rows
    names: list[Any]
    cleaned: NDArray[np.bool_]
    eligible: Rows
    found: Any = None


class Offspring(NamedTuple):
    """New rows and whose they are.

    values (m, n_columns): as the table has them; parents (m, p) int64: rows of X, base
    first, -1 where there are fewer; shares (m, p) float64, if they say what the values
    are; codes (m, n_categorical) int32, if there are such columns.
    """

    values: Any
    parents: Rows
    shares: Weights | None = None
    codes: Any = None


@dataclass
class ClassTask:
    """What a method gets to know about the class whose new rows it makes.

    codes (n,): number of each row's class; eligible: the rows that count, ascending,
    which leaves out those of weight 0; code and label: the class in question.
    """

    table: Table
    codes: Rows
    eligible: Rows
    code: int
    label: Any
    n_new: int
    draw: "ClassDraw"

    @property
    def X(self) -> Any:
        """Numbers of all rows: array, CSR array or array of a device."""
        return self.table.values

    @property
    def dtype(self) -> Any:
        """Type of the numbers, as NumPy calls it."""
        return _device.float_type(self.X) if is_device_array(self.X) else self.X.dtype

    @cached_property
    def rows(self) -> Rows:
        """Rows of the class that count, ascending."""
        return self.eligible[self.codes[self.eligible] == self.code]

    @cached_property
    def others(self) -> Rows:
        """Rows of all other classes that count, ascending."""
        return self.eligible[self.codes[self.eligible] != self.code]


class ClassDraw:
    """The random numbers of one class, each a function of its coordinates.

    Parameters
    ----------
    seed : uint64
        Seed of the fit.
    stream : int
        Position of the class in sorted label order.
    """

    def __init__(self, seed: np.uint64, stream: int) -> None:
        self.seed, self.stream = seed, stream

    def bits(self, draw: int, size: int) -> NDArray[np.uint64]:
        """Return the first ``size`` 64-bit values of a draw."""
        out = np.empty(size, np.uint64)
        with np.errstate(over="ignore"):
            _kernels.draw_bits(self.seed, self.stream, draw, out)
        return out

    def below(self, draw: int, size: int, bound: int) -> Rows:
        """Return ``size`` integers of 0 .. bound - 1."""
        out = np.empty(size, np.int64)
        with np.errstate(over="ignore"):
            _kernels.draw_ranks(self.seed, self.stream, draw, bound, out)
        return out

    def vote(
        self,
        draw: int,
        codes: NDArray[np.int32],
        voters: Rows,
        position: Rows,
        *,
        keep_first: bool = False,
        n_jobs: int | None = None,
    ) -> NDArray[np.int32]:
        """Return the most frequent categories among ``voters[position]``.

        Draws from ``draw`` on, one for each column of ``codes``, settle what is equally
        frequent, unless ``keep_first`` does: then the first voter's category wins.
        """
        out = np.empty((position.shape[0], codes.shape[1]), np.int32)
        n_levels = int(codes.max(initial=-1)) + 1

        def vote(start: int, stop: int) -> None:
            with np.errstate(over="ignore"):
                _kernels.vote_codes(
                    codes,
                    n_levels,
                    voters,
                    position[start:stop],
                    start,
                    self.seed,
                    self.stream,
                    draw,
                    keep_first,
                    out[start:stop],
                )

        for_each_chunk(vote, position.shape[0], n_jobs, grain=10_000)
        return out

    def uniform(self, draw: int, size: int) -> NDArray[np.float64]:
        """Return ``size`` numbers of [0, 1)."""
        out = np.empty(size)
        with np.errstate(over="ignore"):
            _kernels.draw_uniforms(self.seed, self.stream, draw, out)
        return out


def interpolate(
    X: Any,
    parents: Rows,
    shares: NDArray[np.floating],
    out: Any,
    n_jobs: int | None,
) -> Any:
    """Place rows between two parents each: in ``out``, or as CSR if X is sparse."""
    if sparse.issparse(X):
        return _interpolate_sparse(X, parents, shares)
    if is_device_array(X):
        _device.interpolate(X, parents, shares, out)
        return out

    def place(start: int, stop: int) -> None:
        _kernels.interpolate_rows(
            X, parents[start:stop], shares[start:stop], out[start:stop]
        )

    for_each_chunk(place, parents.shape[0], n_jobs, grain=10_000)
    return out


def check_no_missing_labels(y: Any) -> None:
    """Refuse labels that are missing beside text, which scikit-learn cannot sort."""
    if y is None or is_device_array(y):
        return
    # NumPy makes text of NaN in lists of text.
    labels = np.asarray(y, dtype=object if isinstance(y, list | tuple) else None)
    if labels.dtype.kind == "O" and any(
        is_missing_kind(type(label)) or (isinstance(label, float) and isnan(label))
        for label in labels.flat
    ):
        raise ValueError(
            "y holds missing values; leave those rows out, or give them a class of "
            "their own."
        )


def check_weights(sample_weight: Any, labels: NDArray[Any]) -> Weights | None:
    """Return the weights of the rows, or say what is wrong with them."""
    if sample_weight is None:
        return None
    sample_weight = like(labels, sample_weight)
    weights = check_sample_weight(sample_weight, labels, dtype=np.float64)
    if weights.min() < 0:
        worst = int(weights.argmin())
        raise ValueError(
            f"sample_weight[{worst}] is {weights[worst]}; weights must be 0 or more."
        )
    if not weights.any():
        raise ValueError(
            f"sample_weight is 0 for all {weights.size} rows; give the rows that "
            "count a positive weight."
        )
    return weights


def mix_weights(weights: Weights, parents: Rows, shares: Weights) -> Weights:
    """Mean of the parents' weights by their shares; negative shares count 0."""
    shares = np.maximum(shares, 0.0)
    return (shares * weights[parents]).sum(axis=1) / shares.sum(axis=1)


def open_complete(X: Any, sampler: Any, categorical_features: Any = None) -> Table:
    """Open X for a method that needs every number of a row: dense and not missing."""
    table = read_table(X, sampler, categorical_features, dense=True)
    n_missing = np.isnan(table.values).sum()
    if n_missing:
        raise ValueError(
            f"X contains {n_missing} missing values (NaN), but {type(sampler).__name__}"
            " needs complete rows. Impute them first, for example with "
            "sklearn.impute.SimpleImputer, or use SMOTE, which keeps them missing."
        )
    return table


def settle_outside(task: ClassTask, new: NDArray[np.floating]) -> None:
    """Make new rows valid, in place, where they may lie outside of their class.

    Integers and booleans stay between the least and the greatest of the class, so that
    they fit their type. Floats go where the method puts them, but must be finite.
    """
    for j in np.flatnonzero(task.table.whole):
        column = task.X[task.rows, j]
        np.clip(new[:, j], column.min(), column.max(), out=new[:, j])
    if not np.isfinite(new).all():
        raise ValueError(
            f"New rows of class {task.label!r} are not finite: numbers as large as "
            f"{np.abs(task.X).max():.3g} overflow on the way. Divide X by a constant."
        )


def choose_rows(X: Any, y: Any, weights: Weights | None, rows: Rows) -> tuple[Any, ...]:
    """Return rows of X and y as what they were, and of the weights if there are any."""
    chosen = copy_rows(X, rows), copy_rows(y, rows)
    return chosen if weights is None else (*chosen, weights[rows])


def _interpolate_sparse(
    X: sparse.csr_array, parents: Rows, shares: NDArray
) -> sparse.csr_array:
    counts = np.empty(parents.shape[0], np.int64)
    _kernels.count_union(X.indices, X.indptr, parents, counts)
    starts = np.concatenate([[0], np.cumsum(counts)])
    data = np.empty(starts[-1], X.dtype)
    columns = np.empty(starts[-1], X.indices.dtype)
    _kernels.interpolate_csr(
        X.data, X.indices, X.indptr, parents, shares, data, columns, starts
    )
    # Trees, for one, take 32-bit indices alone: keep those of X while they suffice.
    index = X.indptr.dtype if starts[-1] <= np.iinfo(X.indptr.dtype).max else np.int64
    return sparse.csr_array(
        (data, columns, starts.astype(index)), shape=(len(parents), X.shape[1])
    )
