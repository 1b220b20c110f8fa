# SPDX-License-Identifier: BSD-3-Clause
"""Another sampler for as long as there are few labels."""

from numbers import Integral
from typing import Any, ClassVar

from sklearn.base import is_classifier, is_regressor
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.utils.multiclass import check_classification_targets

from skx._base.sklearn import HasMethods, Interval
from skx.active._samplers._centers import KCenterSampler
from skx.active._samplers._wrapper import WrapperSampler


class ColdStartSampler(WrapperSampler):
    """Leaves the first labels to a sampler that needs none.

    A model has nothing to go by before it has seen a few labels of more than one class.
    Until then another sampler asks, which looks at where rows are; from then on the
    model's. So one object serves a campaign from its first row. Not needed where labels
    of all classes are at hand.

    Parameters
    ----------
    sampler : sampler
        Asks once there are enough labels, such as `UncertaintySampler`.
    start : sampler or None, default=None
        Asks until then, and has to do without labels. None: `KCenterSampler`, with a
        model that predicts the most frequent class, or the mean.
    min_labeled : int, at least 1, default=10
        Number of labels from which ``sampler`` asks. Classifiers wait for a second
        class as well.

    Attributes
    ----------
    sampler_ : sampler
        The fitted sampler that asks and predicts now.
    is_cold_ : bool
        Whether that is ``start``.
    n_labeled_ : int
        Number of rows with a label.
    classes_ : ndarray of shape (n_classes,)
        Classes, for a classifier.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, where X has them.

    See Also
    --------
    KCenterSampler : Rows far from those that have a label.
    RandomSampler : A start that works with rows of any kind.

    Notes
    -----
    ``sampler`` is not fitted before its time, as some models cannot be fitted to a few
    labels. What predicts until then is ``start``; without any label nothing does.
    Arguments of ``fit`` beside labels and embeddings go to ``sampler`` only.

    Starts that measure distances take X as it is, without the first steps of a
    pipeline, which are not fitted yet: scale its columns, pass ``embeddings``, or use
    `RandomSampler`.

    References
    ----------
    S. Gupte, J. Aklilu, J. J. Nirschl, S. Yeung-Levy (2024). Revisiting active learning
    in the era of vision foundation models. TMLR.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skx.active import ColdStartSampler, UncertaintySampler
    >>> X = [[0.0], [1.0], [2.0], [3.0], [4.0], [9.0]]
    >>> sampler = ColdStartSampler(
    ...     UncertaintySampler(LogisticRegression()), min_labeled=2
    ... )
    >>> sampler.fit(X, [None] * 6).query(n_samples=2)
    array([3, 5])
    >>> sampler.fit(X, [None, None, None, "high", None, "high"]).is_cold_
    True
    >>> sampler.fit(X, ["low", None, None, "high", None, "high"]).query()
    array([1])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **WrapperSampler._parameter_constraints,
        "start": [HasMethods(["fit", "query"]), None],
        "min_labeled": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self, sampler: Any, *, start: Any = None, min_labeled: int = 10
    ) -> None:
        self.sampler = sampler
        self.start = start
        self.min_labeled = min_labeled

    def _fit_wrapped(self, y: Any, params: dict[str, Any]) -> None:
        self.is_cold_ = self.n_labeled_ < self.min_labeled
        if is_classifier(self.sampler) and self.n_labeled_:
            check_classification_targets(self._labels)
            self.is_cold_ |= bool((self._labels == self._labels[0]).all())
        if self.is_cold_:
            self.sampler_ = self._fit_sampler(self._choose_start(), y, {})
        else:
            super()._fit_wrapped(y, params)

    def _choose_start(self) -> Any:
        if self.start is not None:
            return self.start
        if is_classifier(self.sampler):
            return KCenterSampler(DummyClassifier())
        return KCenterSampler(DummyRegressor() if is_regressor(self.sampler) else None)
