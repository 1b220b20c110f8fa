# SPDX-License-Identifier: BSD-3-Clause
"""Over-sampling, then cleaning of old and new rows alike."""

from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone
from sklearn.utils import get_tags
from sklearn.utils.validation import validate_data

from skx._base.sklearn import count_rows, fit_context
from skx.resampling._base import Cleaner, OverSampler, Sampler
from skx.resampling._clean import EditedNearestNeighbours, TomekLinks
from skx.resampling._rows import drop_index
from skx.resampling._smote import SMOTE
from skx.resampling._strategy import Strategy
from skx.resampling._tables import Table


class _CleanedOverSampler(Sampler):
    """Base of the two combinations, which differ in the cleaner."""

    _sampling_type = "bypass"  # neither adds rows alone nor removes them
    _cleaner_name: ClassVar[str]  # of the parameter
    _default_cleaner: ClassVar[type[Cleaner]]
    _parameter_constraints: ClassVar[dict] = {
        **OverSampler._parameter_constraints,
        "smote": [OverSampler, None],
        "n_jobs": [Integral, None],
    }

    # The parts validate their own parameters.
    @fit_context(prefer_skip_nested_validation=False)
    def fit_resample(
        self, X: Any, y: Any, *, sample_weight: ArrayLike | None = None
    ) -> tuple[Any, ...]:
        """Add synthetic rows, then remove rows that contradict their neighbours.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Training rows: NumPy array, list, scipy.sparse array or matrix, pandas or
            polars frame, of float, integer or bool type. Dense data may hold NaN.
        y : array-like of shape (n_samples,)
            Class labels, or their one-hot encoding (n_samples, n_classes).
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the rows, for the result. A row of weight 0 stays,
            is no parent of any synthetic row and has no say about others.

        Returns
        -------
        X_resampled : same kind as X, of shape (n_kept + n_new, n_features)
            The rows of X that stay, as they were, then the synthetic rows that stay.
        y_resampled : same kind as y, of shape (n_kept + n_new,)
            Their labels.
        sample_weight_resampled : ndarray of shape (n_kept + n_new,)
            Only if ``sample_weight`` is given: a synthetic row's weight is the mean of
            its parents' weights, weighted as the row itself.

        Raises
        ------
        ValueError
            If ``sampling_strategy`` and ``smote`` are both given, or if one of the two
            steps raises one.
        """
        return self._fit_resample(X, y, sample_weight=sample_weight)

    def _fit_resample(
        self, X: Any, y: Any, *, sample_weight: ArrayLike | None = None
    ) -> tuple[Any, ...]:
        grower, cleaner = self._over_sampler(), self._cleaner()
        grown = grower.fit_resample(X, y, sample_weight=sample_weight)
        X_out, y_out, *weights = cleaner.fit_resample(
            *grown[:2], sample_weight=None if sample_weight is None else grown[2]
        )
        validate_data(self, X, skip_check_array=True)
        self.sampling_strategy_ = grower.sampling_strategy_
        self.smote_ = grower
        setattr(self, f"{self._cleaner_name}_", cleaner)
        kept, n_samples = cleaner.sample_indices_, count_rows(y)
        self.kept_indices_ = kept[kept < n_samples]
        kept_new = kept[kept >= n_samples] - n_samples
        self.parents_ = grower.parents_[kept_new]
        if hasattr(grower, "parent_weights_"):
            self.parent_weights_ = grower.parent_weights_[kept_new]
        elif hasattr(self, "parent_weights_"):  # of a call with other parameters
            del self.parent_weights_
        return drop_index(X_out), drop_index(y_out), *weights

    def _over_sampler(self) -> OverSampler:
        if self.smote is not None and self.sampling_strategy != "auto":
            raise ValueError(
                f"sampling_strategy={self.sampling_strategy!r} and smote are both "
                "given, but classes grow as one of them says; set it inside smote: "
                f"smote={type(self.smote).__name__}(sampling_strategy=...)."
            )
        default = SMOTE(sampling_strategy=self.sampling_strategy)
        return self._part(default if self.smote is None else self.smote)

    def _cleaner(self) -> Cleaner:
        given = getattr(self, self._cleaner_name)
        return self._part(
            self._default_cleaner(sampling_strategy="all") if given is None else given
        )

    def _part(self, sampler: Any) -> Any:
        """Clone a part and hand it the seed and the threads of the whole."""
        part = clone(sampler)
        for name in ("random_state", "n_jobs"):
            value = getattr(self, name)
            if value is not None and name in part.get_params(deep=False):
                part.set_params(**{name: value})
        return part

    def _runs_on_device(self, method: str) -> bool:
        return all(
            isinstance(part, Sampler) and part._runs_on_device(method)
            for part in self._given_parts()
        )

    def _given_parts(self) -> tuple[Any, Any]:
        cleaner = getattr(self, self._cleaner_name)
        return (
            SMOTE() if self.smote is None else self.smote,
            self._default_cleaner() if cleaner is None else cleaner,
        )

    def _open(self, X: Any) -> Table:
        return self._over_sampler()._open(X)

    def _read_strategy(self, labels: NDArray[Any]) -> dict[Any, int]:
        return self._over_sampler()._read_strategy(labels)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        parts = [get_tags(part) for part in self._given_parts()]
        tags.input_tags.allow_nan = all(part.input_tags.allow_nan for part in parts)
        tags.input_tags.sparse = all(part.input_tags.sparse for part in parts)
        return tags


class SMOTEENN(_CleanedOverSampler):
    """SMOTE, then removal of rows that their nearest neighbours contradict.

    SMOTE draws rows between rare rows, also between those that lie among the common
    ones; :class:`EditedNearestNeighbours` on all classes then clears the overlap. Use
    it where classes overlap and single rows matter to the classifier. It removes more
    than :class:`SMOTETomek`, and the classes come out of unequal size. As for
    :class:`SMOTE`, probabilities need calibration afterwards. Distances are those of
    the raw columns: put a scaler first.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        Which classes grow, and how far, before the cleaning; see :class:`SMOTE`. Leave
        it at "auto" if ``smote`` is given, whose own then counts.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws, in place of the parts' own; None leaves theirs. The same int
        gives the same rows for any ``n_jobs``, memory layout and container.
    smote : over-sampler of skx or None, default=None
        Makes the new rows, as a clone; None means ``SMOTE()``.
    enn : cleaner of skx or None, default=None
        Removes rows, as a clone, from the classes that its own ``sampling_strategy``
        names; None means ``EditedNearestNeighbours(sampling_strategy="all")``. May be
        any sampler of skx that removes rows by a rule: with
        :class:`IterativePartitioningFilter` this is SMOTE-IPF.
    n_jobs : int or None, default=None
        Number of threads, in place of the parts' own; None leaves theirs.

    Attributes
    ----------
    sampling_strategy_ : dict
        Class to number of new rows before the cleaning.
    smote_ : object
        The over-sampler as used; its ``parents_`` are those of all new rows.
    enn_ : object
        The cleaner as used; its ``sample_indices_`` count the rows of X, then the new
        ones.
    kept_indices_ : ndarray of shape (n_kept,), int64
        Row numbers in X of its rows that stay, ascending: the first in the output.
    parents_ : ndarray of shape (n_new, 2), int64
        Row numbers in X of base and partner of each new row that stays, in output
        order: the rows after those of X. As many columns as the over-sampler has.
    parent_weights_ : ndarray of shape (n_new, 2), float64
        Shares of the parents, where the over-sampler tells them: before rounding of
        integers, a new row is
        ``(parent_weights_[s, :, None] * X[parents_[s]]).sum(axis=0)``.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,), object
        Column names, if X has string ones.

    See Also
    --------
    SMOTETomek : Removes fewer rows.
    SMOTE : The first step.
    EditedNearestNeighbours : The second step.

    Notes
    -----
    The cleaning sees old and new rows alike and may remove either, as in the paper. It
    computes with numbers: with :class:`SMOTENC`, codes of categories are numbers to it,
    and names of categories are refused.

    NaN, sparse X, CuPy arrays and ``sample_weight`` are treated as the two steps treat
    them; CuPy arrays stay on the device if both steps compute there. The index of a
    pandas frame is renewed.

    Cost: that of both steps; the second searches among n + n_new rows.

    References
    ----------
    G. E. A. P. A. Batista, R. C. Prati, M. C. Monard, 2004, "A Study of the Behavior of
    Several Methods for Balancing Machine Learning Training Data", ACM SIGKDD
    Explorations Newsletter 6(1), 20-29.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import make_classification
    >>> from skx.resampling import SMOTEENN
    >>> X, y = make_classification(n_samples=200, weights=[0.9], random_state=0)
    >>> sampler = SMOTEENN(random_state=0)
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> np.bincount(y).tolist(), np.bincount(y_resampled).tolist()
    ([180, 20], [119, 180])
    >>> n_kept = len(sampler.kept_indices_)
    >>> bool((X_resampled[:n_kept] == X[sampler.kept_indices_]).all())
    True
    """

    _cleaner_name = "enn"
    _default_cleaner = EditedNearestNeighbours
    _parameter_constraints: ClassVar[dict] = {
        **_CleanedOverSampler._parameter_constraints,
        "enn": [Cleaner, None],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        random_state: int | np.random.RandomState | None = None,
        smote: Any = None,
        enn: Any = None,
        n_jobs: int | None = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.smote = smote
        self.enn = enn
        self.n_jobs = n_jobs


class SMOTETomek(_CleanedOverSampler):
    """SMOTE, then removal of both rows of each Tomek link.

    A gentle cleaning after over-sampling: only rows that are the nearest neighbour of a
    row of another class, and it theirs, are removed. Use it where SMOTE's rows reach
    into other classes and :class:`SMOTEENN` removes too much. Classes of equal size
    stay nearly equal. As for :class:`SMOTE`, probabilities need calibration afterwards.
    Distances are those of the raw columns: put a scaler first.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        Which classes grow, and how far, before the cleaning; see :class:`SMOTE`. Leave
        it at "auto" if ``smote`` is given, whose own then counts.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws, in place of the parts' own; None leaves theirs. The same int
        gives the same rows for any ``n_jobs``, memory layout and container.
    smote : over-sampler of skx or None, default=None
        Makes the new rows, as a clone; None means ``SMOTE()``.
    tomek : cleaner of skx or None, default=None
        Removes rows, as a clone, from the classes that its own ``sampling_strategy``
        names; None means ``TomekLinks(sampling_strategy="all")``. May be any sampler of
        skx that removes rows by a rule.
    n_jobs : int or None, default=None
        Number of threads, in place of the parts' own; None leaves theirs.

    Attributes
    ----------
    sampling_strategy_ : dict
        Class to number of new rows before the cleaning.
    smote_ : object
        The over-sampler as used; its ``parents_`` are those of all new rows.
    tomek_ : object
        The cleaner as used; its ``sample_indices_`` count the rows of X, then the new
        ones.
    kept_indices_ : ndarray of shape (n_kept,), int64
        Row numbers in X of its rows that stay, ascending: the first in the output.
    parents_ : ndarray of shape (n_new, 2), int64
        Row numbers in X of base and partner of each new row that stays, in output
        order: the rows after those of X. As many columns as the over-sampler has.
    parent_weights_ : ndarray of shape (n_new, 2), float64
        Shares of the parents, where the over-sampler tells them: before rounding of
        integers, a new row is
        ``(parent_weights_[s, :, None] * X[parents_[s]]).sum(axis=0)``.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,), object
        Column names, if X has string ones.

    See Also
    --------
    SMOTEENN : Removes more rows; its Notes hold here too.
    SMOTE : The first step.
    TomekLinks : The second step.

    Notes
    -----
    The cleaning sees old and new rows alike and may remove either; both ends of a link
    go, as in the paper.

    References
    ----------
    G. E. A. P. A. Batista, R. C. Prati, M. C. Monard, 2004, "A Study of the Behavior of
    Several Methods for Balancing Machine Learning Training Data", ACM SIGKDD
    Explorations Newsletter 6(1), 20-29.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import make_classification
    >>> from skx.resampling import SMOTETomek
    >>> X, y = make_classification(
    ...     n_samples=200, n_features=4, weights=[0.9], random_state=0
    ... )
    >>> X_resampled, y_resampled = SMOTETomek(random_state=0).fit_resample(X, y)
    >>> np.bincount(y).tolist(), np.bincount(y_resampled).tolist()
    ([181, 19], [178, 178])
    """

    _cleaner_name = "tomek"
    _default_cleaner = TomekLinks
    _parameter_constraints: ClassVar[dict] = {
        **_CleanedOverSampler._parameter_constraints,
        "tomek": [Cleaner, None],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        random_state: int | np.random.RandomState | None = None,
        smote: Any = None,
        tomek: Any = None,
        n_jobs: int | None = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.smote = smote
        self.tomek = tomek
        self.n_jobs = n_jobs
