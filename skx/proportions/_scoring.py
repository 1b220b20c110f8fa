# SPDX-License-Identifier: BSD-3-Clause
"""Scores of predictions by what is known of bags, without a label of a row."""

import warnings
from collections.abc import Callable
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special
from sklearn.base import is_regressor
from sklearn.utils.metadata_routing import MetadataRequest

from skx._backend import on_host
from skx._base.sklearn import BaseScorer, count_rows
from skx._caller import caller_level
from skx.proportions._bags import Bags, is_bag_target, read_bags, read_values
from skx.proportions._counts._posterior import (
    infer_classes,
    infer_labels,
    read_noise,
)
from skx.proportions._device import at_host

# Probabilities are kept away from 0 and 1 by this much in logarithms.
CLIP = 1e-12
# How far probabilities may lie outside [0, 1].
PROB_TOL = 1e-6


@overload
def bag_log_loss(
    y: Any,
    y_prob: ArrayLike,
    *,
    bags: ArrayLike | None = ...,
    sample_weight: ArrayLike | None = ...,
    return_std: Literal[False] = ...,
) -> float: ...


@overload
def bag_log_loss(
    y: Any,
    y_prob: ArrayLike,
    *,
    bags: ArrayLike | None = ...,
    sample_weight: ArrayLike | None = ...,
    return_std: Literal[True],
) -> tuple[float, float]: ...


@on_host
def bag_log_loss(
    y: Any,
    y_prob: ArrayLike,
    *,
    bags: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    return_std: bool = False,
) -> float | tuple[float, float]:
    """Cross-entropy between the shares of bags and the mean predictions in them.

    For choosing between models where no row has a label. All bags of like shares make
    it hardly informative: the best constant then is nearly as good as the truth. Use
    differences between models bag by bag, and 50 bags or more.

    Parameters
    ----------
    y : array-like of shape (n_samples,) or (n_samples, n_classes)
        Share of each row's bag, or the result of `bag_target`.
    y_prob : array-like of shape (n_samples,) or (n_samples, n_classes)
        Probabilities of the rows: of all classes, or of the second of two.
    bags : array-like of shape (n_samples,) or None, default=None
        Bag of each row, unless ``y`` carries them.
    sample_weight : array-like of shape (n_samples,) or None, default=None
        Weights of rows in the means, and by their sum of bags in the loss.
    return_std : bool, default=False
        Whether to return the standard error of the mean over bags as well.

    Returns
    -------
    loss : float
        Mean over bags by the weight of their rows; at least the entropy of the shares.
    std : float
        Its standard error, which sees bags as independent. Only with ``return_std``.

    Examples
    --------
    >>> from skx.proportions import bag_log_loss
    >>> shares, bags = [0.5, 0.5, 1.0, 1.0], [0, 0, 1, 1]
    >>> round(bag_log_loss(shares, [0.2, 0.8, 0.9, 0.9], bags=bags), 4)
    0.3993
    """
    read, prob = _read(y, y_prob, bags, sample_weight, "bag_log_loss")
    return _mean(read, LOSSES["log_loss"](read, prob), return_std)


@on_host
def bag_mean_absolute_error(
    y: Any,
    y_prob: ArrayLike,
    *,
    bags: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    return_std: bool = False,
) -> float | tuple[float, float]:
    """Mean difference between the shares of bags and the mean predictions in them.

    In units of shares, so easy to read; unlike `bag_log_loss` it does not ask whether
    rare classes are predicted well.

    Parameters
    ----------
    y : array-like of shape (n_samples,) or (n_samples, n_classes)
        Share of each row's bag, or the result of `bag_target`.
    y_prob : array-like of shape (n_samples,) or (n_samples, n_classes)
        Probabilities of the rows: of all classes, or of the second of two.
    bags : array-like of shape (n_samples,) or None, default=None
        Bag of each row, unless ``y`` carries them.
    sample_weight : array-like of shape (n_samples,) or None, default=None
        Weights of rows in the means, and by their sum of bags in the error.
    return_std : bool, default=False
        Whether to return the standard error of the mean over bags as well.

    Returns
    -------
    error : float
        Mean over bags by the weight of their rows, of classes half the sum.
    std : float
        Its standard error, which sees bags as independent. Only with ``return_std``.

    Examples
    --------
    >>> from skx.proportions import bag_mean_absolute_error
    >>> shares, bags = [0.5, 0.5, 1.0, 1.0], [0, 0, 1, 1]
    >>> bag_mean_absolute_error(shares, [0.2, 0.8, 0.5, 0.5], bags=bags)
    0.25
    """
    read, prob = _read(y, y_prob, bags, sample_weight, "bag_mean_absolute_error")
    return _mean(read, LOSSES["mean_absolute_error"](read, prob), return_std)


def log_losses(bags: Bags, prob: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the cross-entropy of each bag; shares with noise are clipped."""
    mean, share = bags.means(prob), np.clip(bags.values, 0.0, 1.0)
    if mean.ndim == 1:
        mean = np.column_stack([1.0 - mean, mean])
        share = np.column_stack([1.0 - share, share])
    return -(share * np.log(np.maximum(mean, CLIP))).sum(axis=1)


def absolute_errors(bags: Bags, prob: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the error of each bag's share; half the sum over several classes."""
    gaps = np.abs(bags.values - bags.means(prob))
    return gaps if gaps.ndim == 1 else 0.5 * gaps.sum(axis=1)


def squared_errors(bags: Bags, prob: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the squared error of each bag's share; half the sum over classes."""
    gaps = (bags.values - bags.means(prob)) ** 2
    return gaps if gaps.ndim == 1 else 0.5 * gaps.sum(axis=1)


def count_losses(
    bags: Bags, prob: NDArray[np.float64], count_noise: Any = None
) -> NDArray[np.float64]:
    """Return minus the log-likelihood of each bag's counts, by row."""
    counts = bags.counts(noisy=count_noise is not None)
    prob = np.clip(prob, CLIP, 1.0 - CLIP)
    settings: dict[str, Any] = {
        "noise": read_noise(count_noise),
        "return_log_likelihood": True,
    }
    if prob.ndim == 1:
        _, logs = infer_labels(special.logit(prob), bags.indptr, counts, **settings)
    else:
        _, logs = infer_classes(np.log(prob), bags.indptr, counts, **settings)
    return -logs / bags.sizes


LOSSES: dict[str, Callable[..., NDArray[np.float64]]] = {
    "log_loss": log_losses,
    "mean_absolute_error": absolute_errors,
    "brier": squared_errors,
    "squared_error": squared_errors,
    "count_log_likelihood": count_losses,
}


def make_bag_scorer(metric: str, *, count_noise: Any = None) -> "BagScorer":
    """Make a scorer for model selection by what is known of bags.

    For ``scoring=`` of `GridSearchCV`, `cross_val_score` and their like, which must
    split by whole bags: use `BagKFold`. Of models of bags "log_loss" is what ``score``
    uses already; a scorer makes any classifier or regressor answer for bags.

    Parameters
    ----------
    metric : str
        What to score: "log_loss", "mean_absolute_error", "brier", "squared_error" or
        "count_log_likelihood". The first three compare shares with mean probabilities.
        The fourth is the third for classifiers, and for regressors compares mean
        targets with mean predictions, as does "mean_absolute_error". The last is the
        log-likelihood of counts by row, which asks most of bags of few rows.
    count_noise : tuple ("gaussian", sd) or ("laplace", scale), or None, default=None
        Law of the error of counts, in rows; shares may then lie outside [0, 1].

    Returns
    -------
    scorer : callable
        ``scorer(estimator, X, y, bags=None, sample_weight=None)``; greater is better,
        so that losses are negative.

    See Also
    --------
    bag_log_loss : The loss itself, with its standard error.

    Notes
    -----
    ``y`` is the result of `bag_target`, or values of rows with ``bags``, which the
    scorer requests where metadata are routed. Values without bags are scored with rows
    of equal values taken for one bag, with a warning: scikit-learn has no way to tell a
    scorer of bags where metadata are not routed.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.model_selection import cross_val_score
    >>> from skx.proportions import BagKFold, ProportionLogisticRegression
    >>> from skx.proportions import bag_target, make_bag_scorer, make_bags
    >>> X, labels = make_classification(n_samples=1000, random_state=0)
    >>> y = bag_target(make_bags(X, bag_size=10, random_state=0), y=labels)
    >>> scorer = make_bag_scorer("mean_absolute_error")
    >>> model = ProportionLogisticRegression()
    >>> cross_val_score(model, X, y, cv=BagKFold(3), scoring=scorer).round(1)
    array([-0.1, -0.1, -0.1])
    """
    if metric not in LOSSES:
        raise ValueError(f"metric is {metric!r}; expected one of {sorted(LOSSES)}.")
    read_noise(count_noise)
    return BagScorer(metric, count_noise)


class BagScorer(BaseScorer):
    """Scorer of bags; see `make_bag_scorer`."""

    def __init__(self, metric: str, count_noise: Any) -> None:
        super().__init__(_signature, 1, {}, "predict_proba")
        self.metric = metric
        self.count_noise = count_noise
        self._request({})

    def __repr__(self) -> str:
        noise = "" if self.count_noise is None else f", count_noise={self.count_noise}"
        return f"make_bag_scorer({self.metric!r}{noise})"

    def __call__(
        self,
        estimator: Any,
        X: Any,
        y: Any,
        *,
        bags: Any = None,
        sample_weight: Any = None,
    ) -> float:
        """Return the score of an estimator at some rows."""
        known = {"bags": at_host(bags), "sample_weight": at_host(sample_weight)}
        return self._score(_respond, estimator, X, at_host(y), **known)

    def set_score_request(self, **kwargs: Any) -> "BagScorer":
        """Set what is requested where metadata are routed, beside ``bags``."""
        super().set_score_request(**kwargs)
        self._request(kwargs)
        return self

    def _request(self, aliases: dict[str, Any]) -> None:
        self._metadata_request = MetadataRequest(owner=self)
        requests = {"bags": True, "sample_weight": None, **aliases}
        for name, alias in requests.items():
            self._metadata_request.score.add_request(param=name, alias=alias)

    def _score(
        self,
        method_caller: Callable[..., Any],
        estimator: Any,
        X: Any,
        y_true: Any,
        *,
        bags: Any = None,
        sample_weight: Any = None,
    ) -> float:
        regresses = is_regressor(estimator)
        if regresses and self.metric in ("log_loss", "brier", "count_log_likelihood"):
            raise ValueError(
                f"{self!r} scores probabilities, but {type(estimator).__name__} is a "
                "regressor; use 'squared_error' or 'mean_absolute_error'."
            )
        read = read_scored(
            y_true,
            bags,
            sample_weight,
            count_rows(X),
            owner=repr(self),
            kind="mean" if regresses else "share",
            noisy=self.count_noise is not None,
        )
        if regresses:
            answer = np.asarray(at_host(method_caller(estimator, "predict", X)))
            values = read.values
            losses = LOSSES[self.metric](
                read, answer.reshape(-1, *values.shape[1:])[read.order]
            )
            return -float(np.average(losses, weights=read.totals))
        if read.values.ndim == 2 and read.values.shape[1] == 2:
            read = read.second_share()
        # Of two classes, the caller returns one column, and does not say which.
        two = read.values.ndim == 1
        proba = (
            estimator.predict_proba(X)
            if two
            else method_caller(estimator, "predict_proba", X)
        )
        classes = getattr(estimator, "classes_", None)
        prob = fit_shape(at_host(proba), read.values)
        prob = in_order_of(read.classes, classes, prob)
        prob = prob[read.order]
        options = {}
        if self.metric == "count_log_likelihood":
            options["count_noise"] = self.count_noise
        losses = LOSSES[self.metric](read, prob, **options)
        return -float(np.average(losses, weights=read.totals))


def _respond(estimator: Any, method: str, X: Any) -> Any:
    return getattr(estimator, method)(X)


def _signature(
    y_true: Any, y_prob: Any, bags: Any = None, sample_weight: Any = None
) -> None:
    """Tell scikit-learn what a scorer of bags takes."""


def fit_shape(prob: Any, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return probabilities in the shape that values have."""
    prob = np.asarray(prob, dtype=np.float64)
    if prob.ndim == 2 and values.ndim == 1:
        if prob.shape[1] == 2:
            return prob[:, 1]
    elif prob.ndim == 1 or prob.shape[1] == values.shape[1]:
        if values.ndim == 1:
            return prob
        if values.shape[1] == 2 and prob.ndim == 1:
            return np.column_stack([1.0 - prob, prob])
        if prob.ndim == 2:
            return prob
    raise ValueError(
        f"y_prob has shape {prob.shape}, which does not fit the shares of y: "
        f"{2 if values.ndim == 1 else values.shape[1]} classes."
    )


def in_order_of(
    wanted: NDArray[Any] | None, given: Any, prob: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return probabilities of ``given`` classes in the order of those that y names.

    Where y names none, or others, the columns are taken as they come.
    """
    if wanted is None or given is None or np.array_equal(wanted, given):
        return prob
    place = {name: j for j, name in enumerate(np.asarray(given).tolist())}
    names = wanted.tolist()
    if len(names) != len(place) or not all(name in place for name in names):
        return prob
    if prob.ndim == 1:
        return 1.0 - prob
    return prob[:, [place[name] for name in names]]


def _read(
    y: Any, y_prob: Any, bags: Any, sample_weight: Any, owner: str
) -> tuple[Bags, NDArray[np.float64]]:
    read = read_bags(
        y, bags, sample_weight, count_rows(y_prob), owner=owner, is_fit=False
    )
    prob = fit_shape(y_prob, read.values)
    outside = ~((prob >= -PROB_TOL) & (prob <= 1.0 + PROB_TOL))
    if outside.any():
        odd = prob[outside][0]
        raise ValueError(
            f"y_prob holds {odd:.6g}; probabilities of rows lie in [0, 1]. Pass what "
            "predict_proba returns, or the logistic function of log-odds."
        )
    return read, prob[read.order]


def _mean(
    bags: Bags, losses: NDArray[np.float64], return_std: bool
) -> float | tuple[float, float]:
    totals = bags.totals
    mean = float(np.average(losses, weights=totals))
    if not return_std:
        return mean
    if bags.n_bags < 2:
        return mean, float("nan")
    spread = (totals**2 * (losses - mean) ** 2).sum() / totals.sum() ** 2
    return mean, float(np.sqrt(spread * bags.n_bags / (bags.n_bags - 1)))


def read_scored(
    y: Any, bags: Any, sample_weight: Any, n_rows: int, *, owner: str, **options: Any
) -> Bags:
    """Read bags for a score. Without any, rows of one value are taken for one bag.

    Whole bags of one share have that share together, so this is a score of bags too,
    of fewer and larger ones.
    """
    if bags is None and not is_bag_target(y):
        values, _ = read_values(y, n_rows, options.get("kind", "share"))
        bags = np.unique(values, axis=0, return_inverse=True)[1].ravel()
        warnings.warn(
            f"{owner} was given no bags: rows of one value are scored as one bag, "
            "which is right as long as no bag is cut, but sees less. Pass bags, or "
            "y=bag_target(bags, proportions=...), which carries them.",
            UserWarning,
            stacklevel=caller_level(),
        )
    return read_bags(
        y, bags, sample_weight, n_rows, owner=owner, is_fit=False, **options
    )
