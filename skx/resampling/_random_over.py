# SPDX-License-Identifier: BSD-3-Clause
"""Random over-sampling: rows repeated as they are, or with some noise."""

from collections.abc import Iterator, Mapping
from numbers import Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from skx._backend import is_device_array
from skx._base.sklearn import Interval, count_rows, fit_context
from skx.resampling._base import ClassDraw, ClassTask, Offspring, OverSampler, Rows
from skx.resampling._device import smooth
from skx.resampling._rows import RowTable
from skx.resampling._smote import draw_bases
from skx.resampling._strategy import Strategy
from skx.resampling._tables import Table, read_table

# The first draw of the noise; it needs two for each column. Those before are taken.
NOISE = 10


class RandomOverSampler(OverSampler):
    r"""Random over-sampling: repeat rows of the rare classes.

    Use it as the first thing to try, for classes too small for neighbours, and for rows
    that cannot be mixed: strings, categories, documents. It does the same as
    ``class_weight`` does for models that take one, at the cost of longer training; a
    decision tree fences in the repeated rows. With ``shrinkage`` the copies are moved
    by random noise (smoothed bootstrap), which spreads them without regard to where the
    other classes are.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        Which classes grow, and how far.

        - str: every class named grows to the size of the largest one: "minority",
          "not minority", "not majority", "all"; "auto" means "not majority".
        - dict: class to number of samples after resampling, at least the present one.
        - float in (0, 1]: share of the largest class that the smaller one reaches; two
          classes only.
        - callable: takes y and returns such a dict.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws. The same int gives the same rows for any memory layout and
        container.
    shrinkage : float, dict or None, default=None
        How far copies are moved, at least 0: a factor of the bandwidth that suits
        normally distributed rows; a dict gives one for each class that grows. None, and
        0 for numbers, leaves them where they are.

    Attributes
    ----------
    sampling_strategy_ : dict
        Class to number of new rows.
    shrinkage_ : dict or None
        Class to factor; None without smoothing.
    sample_indices_ : ndarray of shape (n_samples + n_new,), int64
        Row number in X of each row of the output.
    parents_ : ndarray of shape (n_new, 1), int64
        Row number in X of each new row, in output order.
    parent_weights_ : ndarray of shape (n_new, 1), float64
        Ones: a new row is its parent, but for the noise.
    n_features_in_ : int
        Number of columns of X; not there if X is a column of text.
    feature_names_in_ : ndarray of shape (n_features_in_,), object
        Column names, if X has string ones.

    See Also
    --------
    SMOTE : Puts new rows between neighbours.
    TemperatureSampler : Repeats and drops rows until all groups have chosen shares.

    Notes
    -----
    Repeats are balanced: with :math:`n_c` rows of a class and :math:`m_c` new ones,
    each row is repeated :math:`\lfloor m_c / n_c \rfloor` times and a random subset
    once more. imbalanced-learn draws with replacement, which leaves some rows out and
    takes others several times by chance.

    Without ``shrinkage`` rows are copied and not read: X may hold strings, missing
    values, anything, in any container, and may be a list of documents. Sparse formats
    and pandas dtypes come back, the index of a pandas object is renewed.

    With ``shrinkage`` :math:`s`, normal noise is added to column :math:`j` of standard
    deviation

    .. math:: s \left( \frac{4}{(d + 2) \, n} \right)^{1 / (d + 4)} \sigma_{cj},

    where :math:`d` is the number of columns, :math:`n` that of all rows and
    :math:`\sigma_{cj}` the standard deviation in the class. This is imbalanced-learn's
    formula; the paper has the number of rows of the class in place of :math:`n`. X must
    hold numbers. Integer and boolean columns are rounded and stay within their range in
    the class; what is missing in a row is missing in its copies. Sparse X stays sparse,
    but zeros are filled in wherever a column varies within the class.

    Rows of ``sample_weight`` 0 are not repeated; the others are repeated equally often
    and take their weight along.

    CuPy arrays are computed on the device and stay there; with ``shrinkage``, those
    with missing values are copied to the host, with a warning.

    Cost: O(n_samples + n_new) copies of rows.

    References
    ----------
    G. Menardi, N. Torelli, 2014, "Training and assessing classification rules with
    imbalanced data", Data Mining and Knowledge Discovery 28, 92-122 (smoothed
    bootstrap).

    Examples
    --------
    >>> from skx.resampling import RandomOverSampler
    >>> X = [["red", 1], ["red", 2], ["blue", 3], ["green", 4], ["blue", None]]
    >>> y = ["no", "no", "no", "no", "yes"]
    >>> sampler = RandomOverSampler(random_state=0)
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> X_resampled[5:]
    [['blue', None], ['blue', None], ['blue', None]]
    >>> sampler.sample_indices_.tolist()
    [0, 1, 2, 3, 4, 4, 4, 4]
    """

    _parameter_constraints: ClassVar[dict] = {
        **OverSampler._parameter_constraints,
        "shrinkage": [Interval(Real, 0, None, closed="left"), dict, None],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        random_state: int | np.random.RandomState | None = None,
        shrinkage: float | dict | None = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.shrinkage = shrinkage

    @fit_context(prefer_skip_nested_validation=True)
    def fit_resample(
        self, X: Any, y: Any, *, sample_weight: ArrayLike | None = None
    ) -> tuple[Any, ...]:
        """Repeat rows of the classes that ``sampling_strategy`` names.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Training rows, of any kind. A one-dimensional X holds texts or other
            objects. With ``shrinkage``: numbers, which may be missing.
        y : array-like of shape (n_samples,)
            Class labels, or their one-hot encoding (n_samples, n_classes).
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the rows, for the result; one of weight 0 stays in
            the output and is not repeated.

        Returns
        -------
        X_resampled : same kind as X, of shape (n_samples + n_new, n_features)
            The rows of X as they were, then the repeated rows, class by class.
        y_resampled : same kind as y, of shape (n_samples + n_new,)
            Their labels.
        sample_weight_resampled : ndarray of shape (n_samples + n_new,)
            Only if ``sample_weight`` is given: a repeated row has the same weight.

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
        resampled = super()._fit_resample(X, y, sample_weight=sample_weight)
        self.parents_ = self.parents_[:, :1]
        self.parent_weights_ = self.parent_weights_[:, :1]
        n_samples = count_rows(resampled[1]) - self.parents_.shape[0]
        self.sample_indices_ = np.concatenate(
            [np.arange(n_samples), self.parents_[:, 0]]
        )
        return resampled

    def _runs_on_device(self, method: str) -> bool:
        return True

    def _open(self, X: Any) -> Table:
        return RowTable(X, self) if self.shrinkage is None else read_table(X, self)

    def _read_strategy(self, labels: NDArray[Any]) -> dict[Any, int]:
        strategy = super()._read_strategy(labels)
        self.shrinkage_ = self._read_shrinkage(strategy)
        return strategy

    def _read_shrinkage(self, strategy: dict[Any, int]) -> dict[Any, float] | None:
        if not isinstance(self.shrinkage, Mapping):
            factor = self.shrinkage
            return None if factor is None else dict.fromkeys(strategy, float(factor))
        missing = [label for label in strategy if label not in self.shrinkage]
        if missing:
            raise ValueError(
                f"shrinkage has no factor for class {missing[0]!r}, which is to grow; "
                f"give one for each of {list(strategy)}."
            )
        for label, factor in self.shrinkage.items():
            if not (isinstance(factor, Real) and 0 <= float(factor) < np.inf):
                raise ValueError(
                    f"shrinkage of class {label!r} is {factor!r}; it must be a number "
                    "of at least 0."
                )
        return {label: float(self.shrinkage[label]) for label in strategy}

    def _sample_class(self, task: ClassTask, out: Any) -> Offspring:
        if task.rows.size == 0:
            raise ValueError(
                f"Class {task.label!r} has no sample of positive weight to repeat; "
                "leave it out of sampling_strategy or give it weight."
            )
        bases = task.rows[draw_bases(task.rows.shape[0], task.n_new, task.draw)]
        factor = 0.0 if self.shrinkage_ is None else self.shrinkage_[task.label]
        if out is None:
            columns = [sparse.csc_array(c) for c in _columns(task, bases, factor)]
            out = sparse.hstack(columns, format="csr", dtype=task.X.dtype)
        elif is_device_array(out):
            first = task.draw.seed, task.draw.stream, NOISE
            factor *= _bandwidth(task)
            smooth(task.X, task.rows, bases, factor, task.table.whole, first, out)
        elif factor == 0:
            out[:] = task.X[bases]
        else:
            for j, column in enumerate(_columns(task, bases, factor)):
                out[:, j] = column[:, 0]
        parents = bases[:, np.newaxis]
        return Offspring(out, parents, np.ones(parents.shape))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = self.shrinkage is None
        tags.sampler_tags.sample_indices = True
        return tags


def _columns(task: ClassTask, bases: Rows, factor: float) -> Iterator[NDArray[Any]]:
    """Give the columns of a smoothed bootstrap of the class, (n_new, 1) each."""
    X = task.X.tocsc() if sparse.issparse(task.X) else task.X
    scale = _bandwidth(task)
    for j in range(X.shape[1]):
        column = X[:, [j]].toarray() if sparse.issparse(X) else X[:, [j]]
        present = column[task.rows].astype(np.float64)
        present = present[~np.isnan(present)]
        moved = column[bases]
        deviation = _standard_deviation(present)
        if factor > 0 and deviation > 0:
            noise = _draw_normal(task.draw, NOISE + 2 * j, bases.shape[0])
            moved = moved + factor * scale * deviation * noise[:, np.newaxis]
            if task.table.whole[j]:
                moved = np.clip(np.rint(moved), present.min(), present.max())
        yield moved


def _bandwidth(task: ClassTask) -> float:
    """Return the standard deviation of the noise over that of the class."""
    n_columns = task.X.shape[1]
    return (4 / ((n_columns + 2) * task.eligible.shape[0])) ** (1 / (n_columns + 4))


def _standard_deviation(values: NDArray[np.float64]) -> float:
    if values.size == 0:
        return 0.0
    largest = np.abs(values).max() or 1.0  # whose square may be too large for a float
    return float(largest * (values / largest).std())


def _draw_normal(draw: ClassDraw, first: int, size: int) -> NDArray[np.float64]:
    """Draw from the standard normal distribution (Box and Muller, 1958)."""
    radius = np.sqrt(-2.0 * np.log1p(-draw.uniform(first, size)))
    return radius * np.cos(2.0 * np.pi * draw.uniform(first + 1, size))
