# SPDX-License-Identifier: BSD-3-Clause
"""The error of an estimator by the .632+ bootstrap."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np
from numpy.random import RandomState
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone
from sklearn.utils import (
    check_consistent_length,
    check_random_state,
    column_or_1d,
    indexable,
)
from sklearn.utils.parallel import Parallel, delayed

from skx._backend import on_host
from skx._base.sklearn import (
    HasMethods,
    Interval,
    StrOptions,
    check_sample_weight,
    count_rows,
    take_params,
    take_split,
    validate_params,
)
from skx.model_selection._comparison import number
from skx.model_selection._folds import (
    CONSTRAINTS,
    Positions,
    check_classes,
    keeps_bags,
    route,
)

# Shares of rows that a bootstrap sample holds and lacks, as in the name.
INSIDE, OUTSIDE = 0.632, 0.368
# Numbers that are held at a time for the error without information.
BLOCK = 1 << 22
# Draws of a sample before it is believed that none can hold two classes.
N_TRIES = 100

Loss = Callable[[NDArray[Any], NDArray[Any]], NDArray[np.float64]]


class Point632Plus(NamedTuple):
    """The .632+ estimate and how it was weighed."""

    error: float
    weight: float
    overfitting_rate: float


@validate_params(
    {
        "apparent_error": [Real],
        "out_of_bag_error": [Real],
        "no_information_error": [Real],
    },
    prefer_skip_nested_validation=True,
)
def combine_632plus(
    apparent_error: float, out_of_bag_error: float, no_information_error: float
) -> Point632Plus:
    """Combine three errors into the .632+ estimate.

    Parameters
    ----------
    apparent_error : float
        Error on the training rows.
    out_of_bag_error : float
        Error on rows that were not drawn.
    no_information_error : float
        Error if predictions had nothing to do with the targets.

    Returns
    -------
    estimate : named tuple
        ``error``; ``weight`` of the error out of bag, from 0.632 to 1; and
        ``overfitting_rate``, from 0 (none) to 1 (nothing was learned).

    Notes
    -----
    Equations 29 and 32 of the paper. Where the error out of bag is above that without
    information, the latter stands for it in all but the 0.632 of the first term, as
    there.

    References
    ----------
    B. Efron, R. Tibshirani (1997). Improvements on cross-validation: the .632+
    bootstrap method. Journal of the American Statistical Association 92, 548-560.

    Examples
    --------
    >>> from skx.model_selection import combine_632plus
    >>> estimate = combine_632plus(0.0, 0.3, 0.5)
    >>> print(f"{estimate.error:.3f}, weight {estimate.weight:.3f}")
    0.243, weight 0.811
    """
    for name, value in (
        ("apparent_error", apparent_error),
        ("out_of_bag_error", out_of_bag_error),
        ("no_information_error", no_information_error),
    ):
        if not np.isfinite(value):
            raise ValueError(f"{name} is {value}; it must be a finite number.")
    limited = min(out_of_bag_error, no_information_error)
    rate = 0.0
    if limited > apparent_error:
        rate = (limited - apparent_error) / (no_information_error - apparent_error)
    plain = OUTSIDE * apparent_error + INSIDE * out_of_bag_error
    more = OUTSIDE * INSIDE * rate / (1.0 - OUTSIDE * rate)
    return Point632Plus(
        float(plain + (limited - apparent_error) * more),
        float(INSIDE / (1.0 - OUTSIDE * rate)),
        float(rate),
    )


@dataclass(kw_only=True, eq=False, repr=False)
class BootstrapError:
    """The error of an estimator by the bootstrap, and what it is made of.

    Made by `bootstrap_632plus`, not by users.

    Parameters
    ----------
    error : float
        The .632+ estimate.
    error_632 : float
        The .632 estimate, too low where the estimator fits its training rows perfectly.
    out_of_bag_error : float
        Mean over rows of the mean error in samples without the row. Too high by what a
        sample lacks of the rows.
    apparent_error : float
        Error on the training rows of a fit to all rows.
    no_information_error : float
        Error of that fit if predictions and targets were paired at random.
    overfitting_rate : float
        From 0 to 1.
    weight : float
        Share of ``out_of_bag_error`` in ``error``, from 0.632 to 1.
    standard_error : float or None
        Of ``out_of_bag_error``. None with ``groups`` and ``sample_weight``.
    errors : ndarray of shape (n_bootstraps,), float64
        Error of each sample on the rows that it lacks.

    See Also
    --------
    bootstrap_632plus : Makes them.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from skx.model_selection import bootstrap_632plus
    >>> X, y = load_iris(return_X_y=True)
    >>> found = bootstrap_632plus(
    ...     KNeighborsClassifier(1), X, y, n_bootstraps=50, random_state=0
    ... )
    >>> found.apparent_error, found.error_632 < found.error < found.out_of_bag_error
    (0.0, True)
    """

    error: float
    error_632: float
    out_of_bag_error: float
    apparent_error: float
    no_information_error: float
    overfitting_rate: float
    weight: float
    standard_error: float | None
    errors: NDArray[np.float64]

    def __repr__(self) -> str:
        parts = {
            "out of bag": self.out_of_bag_error,
            "apparent": self.apparent_error,
            "no information": self.no_information_error,
            "weight": self.weight,
        }
        shown = ", ".join(f"{name} {number(value)}" for name, value in parts.items())
        error = number(self.error)
        if self.standard_error is not None:
            error += f" (standard error {number(self.standard_error)})"
        return f"{type(self).__name__} of {len(self.errors)} samples: {error}; {shown}"


@on_host
@validate_params(
    {
        **{name: CONSTRAINTS[name] for name in CONSTRAINTS if name[:4] != "conf"},
        "estimator": [HasMethods(["fit", "predict"])],
        "loss": [
            StrOptions({"zero_one", "squared_error", "absolute_error"}),
            callable,
            None,
        ],
        "n_bootstraps": [Interval(Integral, 2, None, closed="left")],
        "sample_weight": ["array-like", None],
    },
    prefer_skip_nested_validation=False,
)
def bootstrap_632plus(
    estimator: Any,
    X: Any,
    y: ArrayLike,
    *,
    loss: str | Loss | None = None,
    n_bootstraps: int = 200,
    groups: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    params: dict[str, Any] | None = None,
    n_jobs: int | None = None,
    verbose: int = 0,
    random_state: int | RandomState | None = None,
) -> BootstrapError:
    """Estimate the error of an estimator by the .632+ bootstrap.

    For small data, where it varies less than cross-validation. It takes
    ``n_bootstraps`` fits; with thousands of rows folds serve as well.

    Parameters
    ----------
    estimator : classifier or regressor
        It is cloned.
    X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
        Rows.
    y : array-like of shape (n_samples,)
        Classes or numbers.
    loss : str, callable or None, default=None
        Loss of a row: "zero_one", "squared_error" or "absolute_error". A callable takes
        true and predicted values and returns one loss for each. None is ``"zero_one"``
        for classifiers, else ``"squared_error"``.
    n_bootstraps : int, at least 2, default=200
        Number of samples. The paper has 50; more make the estimate depend less on the
        draw.
    groups : array-like of shape (n_samples,) or None, default=None
        Whole groups are drawn, so that none is in a sample and outside it.
    sample_weight : array-like of shape (n_samples,) or None, default=None
        Weights of rows in all errors. To weigh them in fits, ``params`` has to hold
        them too.
    params : dict or None, default=None
        What goes with rows, such as ``tasks`` and ``sample_weight``. With metadata
        routing ``fit`` and ``predict`` get what they request; without it, ``fit`` gets
        all.
    n_jobs : int or None, default=None
        Number of processes; the result is the same.
    verbose : int, default=0
        Progress, as joblib shows it.
    random_state : int, RandomState instance or None, default=None
        Seed of the samples. The estimator has its own.

    Returns
    -------
    result : BootstrapError
        The estimate, and its parts.

    Raises
    ------
    ValueError
        If ``y`` is not one class or number for each row, there is one class or one
        group, or a loss is not finite.

    Notes
    -----
    Samples are as large as the data (as many groups, with ``groups``). A sample that
    holds all rows is drawn anew, and so is one of a single class for a classifier. Rows
    that are in every sample count for the apparent error alone.

    The error without information pairs every prediction with every target. For a
    callable loss this takes n times n losses, in blocks.

    mlxtend's ``bootstrap_point632_score`` takes for apparent the error of each sample's
    fit on all rows, of which it knows 63 %; here it is that of one fit to all rows, as
    in the paper.

    The standard error is equation 40 of the paper, of the error out of bag, less what
    the finite number of samples adds to it.

    References
    ----------
    B. Efron, R. Tibshirani (1997). Improvements on cross-validation: the .632+
    bootstrap method. Journal of the American Statistical Association 92, 548-560.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from skx.model_selection import bootstrap_632plus
    >>> X, y = load_wine(return_X_y=True)
    >>> found = bootstrap_632plus(GaussianNB(), X, y, random_state=0)
    >>> print(f"{found.error:.3f}")
    0.021
    """
    X, y = indexable(X, y)
    check_consistent_length(X, y)
    if keeps_bags(y) is not None:
        raise ValueError(
            "y carries bags, whose rows have no targets of their own, but "
            "bootstrap_632plus needs a loss of each row; use nested_cross_validate or "
            "compare_estimators."
        )
    targets = column_or_1d(y)
    n_rows = count_rows(X)
    classify = check_classes({"": estimator}, targets)
    measure = _read_loss(loss, classify)
    weights = np.ones(n_rows)
    if sample_weight is not None:
        weights = check_sample_weight(sample_weight, X, ensure_non_negative=True)
    routed = route(
        "bootstrap_632plus",
        {"": estimator},
        None,
        None,
        groups=None,
        params=params or {},
    )
    options = routed.fit[""], routed.score[""]
    codes = _read_groups(groups, X)
    labels = targets if classify else None
    seeds = check_random_state(random_state).randint(2**31 - 1, size=n_bootstraps)
    draws = np.array([_draw(int(seed), codes, labels) for seed in seeds])
    everywhere = np.arange(n_rows)
    first, *found = Parallel(n_jobs=n_jobs, verbose=verbose)(
        delayed(_predict)(clone(estimator), X, y, train, test, *options)
        for train, test in chain(
            [(everywhere, everywhere)], (_rows_of(counts, codes) for counts in draws)
        )
    )
    # Row by row: sum of losses outside samples, and number of those samples.
    total, times = np.zeros(n_rows), np.zeros(n_rows)
    errors, sums = np.empty((2, n_bootstraps))
    for b, (prediction, counts) in enumerate(zip(found, draws, strict=True)):
        _, test = _rows_of(counts, codes)
        losses = _losses(measure, targets[test], prediction)
        errors[b] = np.average(losses, weights=weights[test])
        sums[b] = losses.sum()
        total[test] += losses
        times[test] += 1
    tested = times > 0
    by_row = total[tested] / times[tested]
    outside = float(np.average(by_row, weights=weights[tested]))
    apparent = float(np.average(_losses(measure, targets, first), weights=weights))
    chance = _without_information(measure, targets, first, weights)
    estimate = combine_632plus(apparent, outside, chance)
    simple = groups is None and sample_weight is None and bool(tested.all())
    return BootstrapError(
        error=estimate.error,
        error_632=OUTSIDE * apparent + INSIDE * outside,
        out_of_bag_error=outside,
        apparent_error=apparent,
        no_information_error=chance,
        overfitting_rate=estimate.overfitting_rate,
        weight=estimate.weight,
        standard_error=_standard_error(sums, draws, by_row) if simple else None,
        errors=errors,
    )


def _read_groups(groups: Any, X: Any) -> Positions:
    """Return the group of each row by number; each row is one without groups."""
    if groups is None:
        return np.arange(count_rows(X))
    check_consistent_length(X, groups)
    codes = np.unique(column_or_1d(groups), return_inverse=True)[1]
    if codes.max() == 0:
        raise ValueError("groups holds one group; the bootstrap needs more.")
    return codes


def _draw(
    seed: int, codes: Positions, labels: NDArray[Any] | None
) -> NDArray[np.int32]:
    """Return how often a sample holds each group."""
    random = RandomState(seed)
    n_groups = int(codes.max()) + 1
    for _ in range(N_TRIES):
        drawn = random.randint(n_groups, size=n_groups)
        counts = np.bincount(drawn, minlength=n_groups).astype(np.int32)
        train, test = _rows_of(counts, codes)
        learns = labels is None or np.any(labels[train] != labels[train[0]])
        if learns and len(test):
            return counts
    raise ValueError(
        f"{N_TRIES} samples in a row held a single class; there are too few rows or "
        "groups of the others for the bootstrap."
    )


def _rows_of(
    counts: NDArray[np.int32], codes: Positions
) -> tuple[Positions, Positions]:
    """Return the rows of a sample, as often as they are drawn, and those outside."""
    times = counts[codes]
    return np.repeat(np.arange(len(codes)), times), np.flatnonzero(times == 0)


def _predict(
    estimator: Any,
    X: Any,
    y: Any,
    train: Positions,
    test: Positions,
    fit_params: dict[str, Any],
    predict_params: dict[str, Any],
) -> NDArray[Any]:
    X_train, y_train = take_split(estimator, X, y, train)
    X_test, _ = take_split(estimator, X, y, test, train)
    estimator.fit(X_train, y_train, **take_params(X, fit_params, train))
    return np.asarray(estimator.predict(X_test, **take_params(X, predict_params, test)))


def _zero_one(truth: NDArray[Any], prediction: NDArray[Any]) -> NDArray[np.float64]:
    return (truth != prediction).astype(np.float64)


def _squared(truth: NDArray[Any], prediction: NDArray[Any]) -> NDArray[np.float64]:
    return (truth - prediction) ** 2


def _absolute(truth: NDArray[Any], prediction: NDArray[Any]) -> NDArray[np.float64]:
    return np.abs(truth - prediction)


LOSSES: dict[str, Loss] = {
    "zero_one": _zero_one,
    "squared_error": _squared,
    "absolute_error": _absolute,
}


def _read_loss(loss: str | Loss | None, classify: bool) -> Loss:
    if loss is None:
        loss = "zero_one" if classify else "squared_error"
    return LOSSES[loss] if isinstance(loss, str) else loss


def _losses(
    measure: Loss, truth: NDArray[Any], prediction: NDArray[Any]
) -> NDArray[np.float64]:
    if prediction.shape != truth.shape:
        raise ValueError(
            f"The estimator predicts an array of shape {prediction.shape} for "
            f"{len(truth)} rows; bootstrap_632plus needs one class or number for each."
        )
    losses = np.asarray(measure(truth, prediction), dtype=np.float64)
    if losses.shape != truth.shape:
        raise ValueError(
            f"loss gave an array of shape {losses.shape} for {len(truth)} rows; it "
            "must give one loss for each row, not their mean."
        )
    if not np.isfinite(losses).all():
        raise ValueError("loss gave a value that is not finite; losses must be.")
    return losses


def _without_information(
    measure: Loss,
    truth: NDArray[Any],
    prediction: NDArray[Any],
    weights: NDArray[np.float64],
) -> float:
    """Return the mean loss of all pairs of a target and a prediction."""
    if measure is _zero_one:
        # Of pairs of classes, which are few.
        shares = {label: weights[truth == label].sum() for label in np.unique(truth)}
        equal = sum(
            share * weights[prediction == label].sum()
            for label, share in shares.items()
        )
        return float(1.0 - equal / weights.sum() ** 2)
    if measure is _squared:
        t, p = (np.asarray(values, np.float64) for values in (truth, prediction))
        means = [np.average(values, weights=weights) for values in (t, p)]
        spreads = [
            np.average((values - mean) ** 2, weights=weights)
            for values, mean in zip((t, p), means, strict=True)
        ]
        return float(sum(spreads) + (means[0] - means[1]) ** 2)
    n = len(truth)
    step = max(BLOCK // n, 1)
    total = 0.0
    for start in range(0, n, step):
        some = slice(start, start + step)
        size = len(truth[some])
        losses = _losses(
            measure, np.repeat(truth[some], n), np.tile(prediction, size)
        ).reshape(size, n)
        total += float(weights[some] @ losses @ weights)
    return total / float(weights.sum()) ** 2


def _standard_error(
    losses: NDArray[np.float64], draws: NDArray[np.int32], by_row: NDArray[np.float64]
) -> float:
    """Return the standard error of the mean of by_row; losses are sums over rows."""
    n_draws, n = draws.shape
    usual = draws.mean(axis=0)
    odd = (losses - losses.mean()) / n
    times = (draws == 0).sum(axis=0)
    covariance, square = np.zeros(n), np.zeros(n)
    for counts, value in zip(draws, odd, strict=True):
        product = (counts - usual) * value
        covariance += product
        square += product**2
    spread = (by_row - by_row.mean()) / n
    influence = (2.0 + 1.0 / (n - 1)) * spread + covariance / times
    # What sums of so many draws vary by, were they drawn anew.
    noise = (square - covariance**2 / n_draws) / times**2
    least = (spread**2).sum()
    return float(np.sqrt(max((influence**2).sum() - noise.sum(), least)))
