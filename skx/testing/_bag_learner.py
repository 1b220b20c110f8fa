# SPDX-License-Identifier: BSD-3-Clause
"""Small worlds in which a right learner from bags succeeds and a wrong one shows."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special
from sklearn.base import clone
from sklearn.exceptions import SkipTestWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.utils import check_random_state

Array = NDArray[Any]
Fit = Callable[[Any, Array, Array, Array], Any]

# Log-odds of the rows in most of the worlds; the other columns are noise.
SLOPES = np.array([2.5, -1.5, 0.0, 0.0])


class Finding(NamedTuple):
    """What a check measured, and between what it should lie."""

    figure: float
    low: float
    high: float
    meaning: str


class Skip(Exception):
    """A check that an estimator gives no occasion for."""


@dataclass
class Learner:
    """An estimator to be asked for the probability of the second class."""

    estimator: Any
    fit: Fit | None

    def learn(self, X: Array, shares: Array, bags: Array) -> Callable[[Array], Array]:
        """Fit a clone to shares of rows' bags, return what predicts."""
        model = clone(self.estimator)
        if self.fit is None:
            model.fit(X, shares, bags=bags)
        else:
            model = self.fit(model, X, shares, bags) or model

        def predict(X: Array) -> Array:
            proba = np.asarray(model.predict_proba(X), dtype=float)
            if proba.shape != (len(X), 2):
                raise AssertionError(
                    f"predict_proba returned shape {proba.shape} for {len(X)} rows of "
                    "two classes."
                )
            return proba[:, 1]

        return predict


def check_bag_learner(
    estimator: Any,
    *,
    fit: Fit | None = None,
    checks: list[str] | None = None,
    on_fail: str | None = "raise",
    random_state: Any = 0,
) -> list[dict[str, Any]]:
    """Check that an estimator learns single rows from the shares of bags.

    Each check draws a small world of two classes whose right answer is known, fits the
    estimator to shares of bags alone, and looks at its probabilities for single rows.
    A learner can have a good score on bags and fail all of it: these are tests of what
    an algorithm does, not of how well it does it. Limits are wide; who fails is wrong
    and not merely weak. Run them on your own estimator before you trust it where no
    labels of rows will ever tell.

    Parameters
    ----------
    estimator : classifier
        Unfitted, with ``predict_proba``; it is cloned for every fit.
    fit : callable or None, default=None
        ``fit(estimator, X, shares, bags)`` for estimators of another signature: X of
        shape (n_samples, n_features), float64, shares of the second class of each
        row's bag, float64, and bags, int64, both of shape (n_samples,). It may return
        the fitted estimator. None calls ``estimator.fit(X, shares, bags=bags)``.
    checks : list of str or None, default=None
        Names of checks to be run, None for all: see Notes.
    on_fail : {"raise", "warn"} or None, default="raise"
        Whether the first failure raises an AssertionError, or each one warns, or is
        only reported.
    random_state : int, RandomState instance or None, default=0
        Seed of the worlds.

    Returns
    -------
    results : list of dict
        Of each check: ``check_name``, ``status`` ("passed", "failed" or "skipped"),
        ``figure`` that was measured, ``low`` and ``high`` between which it should lie
        (None where an error stopped it), ``meaning`` of the figure, and ``exception``.

    Raises
    ------
    AssertionError
        For a check that failed, with ``on_fail="raise"``.
    ValueError
        For names of checks that there are none of.

    See Also
    --------
    skx.proportions.ProportionLogisticRegression : A learner that passes them.

    Notes
    -----
    The checks, and what they catch:

    - ``rows_are_ranked``: rows of random bags of 8 are told apart; random guessing.
    - ``context_is_no_cause``: a column is the same for all rows of a bag and goes along
      with its share, but only through another column, which is the cause. Asked about
      rows where the two have nothing to do with each other, a learner that takes a
      bag's share for a soft label of its rows follows the wrong one.
    - ``probabilities_are_not_shrunk``: the slope of a logistic regression of fresh
      labels on the predicted log-odds. The loss of single rows against their bag's
      share pulls all rows to the overall share, the more the larger the bag; its slope
      is many times 1.
    - ``singletons_are_labels``: with bags of one row the shares are labels, and rows
      are ranked as well as a supervised model ranks them.
    - ``flip_is_symmetric``: exchanging the classes exchanges the probabilities.
      Cutting at 1/2, or leaving out bags without positives, does not.
    - ``totals_are_kept``: 10 % positives in random bags: the mean probability is their
      share. Labels cut at 1/2 are all of the frequent class.
    - ``equal_shares_teach_nothing``: all bags have the same share, so that nothing can
      be known of rows: an error, or probabilities near that share. Anything else is
      made up.
    - ``names_and_order_do_not_matter``: rows and bags in another order, and other
      names of bags, lead to the same probabilities.
    - ``cut_bags_are_refused``: a bag that a splitter has cut no longer has its share.
      Estimators that take a `bag_target` should raise a ValueError; skipped for others.

    References
    ----------
    E. Raff, J. Holt, 2023, "Reproducibility in Multiple Instance Learning: A Case For
    Algorithmic Unit Tests", Advances in Neural Information Processing Systems 36, from
    which the idea comes; the worlds are others, as are the labels.

    Examples
    --------
    >>> from skx.proportions import ProportionLogisticRegression
    >>> from skx.testing import check_bag_learner
    >>> results = check_bag_learner(ProportionLogisticRegression())
    >>> {result["status"] for result in results}
    {'passed'}
    """
    if on_fail not in ("raise", "warn", None):
        raise ValueError(f"on_fail must be 'raise', 'warn' or None; got {on_fail!r}.")
    names = list(CHECKS) if checks is None else list(checks)
    unknown = [name for name in names if name not in CHECKS]
    if unknown:
        raise ValueError(
            f"There is no check {unknown[0]!r}; the checks are {', '.join(CHECKS)}."
        )
    seed = check_random_state(random_state).randint(2**31)
    learner = Learner(estimator, fit)
    return [_run(name, learner, seed, on_fail) for name in names]


def _run(name: str, learner: Learner, seed: int, on_fail: str | None) -> dict[str, Any]:
    """Run a check in its own world, whatever else is run."""
    who = type(learner.estimator).__name__
    result: dict[str, Any] = {"check_name": name, "status": "passed"}
    result |= dict.fromkeys(("figure", "low", "high", "meaning", "exception"))
    cause = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            finding = CHECKS[name](learner, np.random.RandomState(seed))
    except Skip as reason:
        result |= {"status": "skipped", "exception": reason}
        warnings.warn(
            f"{name} was skipped for {who}: {reason}", SkipTestWarning, stacklevel=3
        )
        return result
    except Exception as error:  # whatever it is, it is the estimator's failure
        cause = error
        message = f"{name}: {who} raised {type(error).__name__}: {error}"
    else:
        result |= finding._asdict()
        if finding.low <= finding.figure <= finding.high:
            return result
        message = (
            f"{name}: {finding.meaning} is {finding.figure:.3g} for {who}, and should "
            f"lie between {finding.low:g} and {finding.high:g}."
        )
    failure = AssertionError(message)
    result |= {"status": "failed", "exception": failure}
    if on_fail == "raise":
        raise failure from cause
    if on_fail == "warn":
        warnings.warn(message, UserWarning, stacklevel=3)
    return result


def _rows(
    rng: np.random.RandomState, n: int, slopes: Array, intercept: float = 0.0
) -> tuple[Array, Array]:
    """Draw normal columns, and labels by a logistic model."""
    X = rng.normal(size=(n, len(slopes)))
    return X, (rng.uniform(size=n) < special.expit(X @ slopes + intercept)) * 1.0


def _shares(y: Array, bags: Array) -> Array:
    """Return the share of each row's bag."""
    _, codes = np.unique(bags, return_inverse=True)
    return (np.bincount(codes, y) / np.bincount(codes))[codes]


def _in_order(n: int, size: int) -> Array:
    return np.arange(n) // size


def check_rows_are_ranked(learner: Learner, rng: np.random.RandomState) -> Finding:
    """Rows of random bags; their area under the ROC curve can be about .93."""
    X, y = _rows(rng, 2048, SLOPES)
    bags = _in_order(len(X), 8)
    predict = learner.learn(X, _shares(y, bags), bags)
    fresh, labels = _rows(rng, 2000, SLOPES)
    area = float(roc_auc_score(labels, predict(fresh)))
    return Finding(area, 0.8, 1.0, "the area under the ROC curve of fresh rows")


def check_context_is_no_cause(learner: Learner, rng: np.random.RandomState) -> Finding:
    """Column 1 is the bag's mean of column 0, which alone matters."""
    n, size = 4096, 4
    bags = _in_order(n, size)
    context = rng.normal(scale=1.5, size=n // size)[bags]
    cause = context + rng.normal(size=n)
    y = (rng.uniform(size=n) < special.expit(2.0 * cause)) * 1.0
    predict = learner.learn(np.column_stack([cause, context]), _shares(y, bags), bags)
    cause = rng.normal(scale=1.8, size=2000)
    y = rng.uniform(size=2000) < special.expit(2.0 * cause)
    fresh = np.column_stack([cause, rng.normal(scale=1.5, size=2000)])
    area = float(roc_auc_score(y, predict(fresh)))
    return Finding(area, 0.8, 1.0, "the area under the ROC curve without the context")


def check_probabilities_are_not_shrunk(
    learner: Learner, rng: np.random.RandomState
) -> Finding:
    """Bags of 16; the loss of rows makes log-odds a fraction of what they are."""
    X, y = _rows(rng, 4096, SLOPES)
    bags = _in_order(len(X), 16)
    predict = learner.learn(X, _shares(y, bags), bags)
    fresh, labels = _rows(rng, 4000, SLOPES)
    slope = _calibration_slope(labels, predict(fresh))
    return Finding(slope, 0.4, 2.5, "the slope of labels on predicted log-odds")


def _calibration_slope(y: Array, p: Array) -> float:
    odds = special.logit(p.clip(1e-6, 1.0 - 1e-6))[:, None]
    return float(LogisticRegression(C=1e6).fit(odds, y).coef_[0, 0])


def check_singletons_are_labels(
    learner: Learner, rng: np.random.RandomState
) -> Finding:
    """Bags of one row."""
    X, y = _rows(rng, 1000, SLOPES)
    predict = learner.learn(X, y, np.arange(len(X)))
    fresh, labels = _rows(rng, 2000, SLOPES)
    supervised = LogisticRegression().fit(X, y).decision_function(fresh)
    lost = roc_auc_score(labels, supervised) - roc_auc_score(labels, predict(fresh))
    return Finding(
        float(lost), -1.0, 0.04, "what the ROC area lacks of a supervised model's"
    )


def check_flip_is_symmetric(learner: Learner, rng: np.random.RandomState) -> Finding:
    """Bags of 8, 10 % positives, as they are and with the classes exchanged."""
    X, y = _rows(rng, 2048, SLOPES, -4.2)
    bags = _in_order(len(X), 8)
    shares = _shares(y, bags)
    p = learner.learn(X, shares, bags)(X)
    q = learner.learn(X, 1.0 - shares, bags)(X)
    gap = float(np.abs(p + q - 1.0).mean())
    return Finding(gap, 0.0, 0.03, "the mean of |p + q - 1| after exchanging classes")


def check_totals_are_kept(learner: Learner, rng: np.random.RandomState) -> Finding:
    """Bags of 16 with 10 % positives."""
    X, y = _rows(rng, 4096, SLOPES, -4.2)
    bags = _in_order(len(X), 16)
    p = learner.learn(X, _shares(y, bags), bags)(X)
    return Finding(
        float(p.mean() / y.mean()), 0.75, 1.33, "the mean probability by the share"
    )


def check_equal_shares_teach_nothing(
    learner: Learner, rng: np.random.RandomState
) -> Finding:
    """Every bag of 10 has 3 positives."""
    X = rng.normal(size=(2000, len(SLOPES)))
    bags = _in_order(len(X), 10)
    meaning = "the root mean square of p - share"
    try:
        predict = learner.learn(X, np.full(len(X), 0.3), bags)
    except ValueError:
        return Finding(0.0, 0.0, 0.15, meaning)
    off = float(np.sqrt(np.square(predict(X) - 0.3).mean()))
    return Finding(off, 0.0, 0.15, meaning)


def check_names_and_order_do_not_matter(
    learner: Learner, rng: np.random.RandomState
) -> Finding:
    """Rename the bags and shuffle the rows."""
    X, y = _rows(rng, 1024, SLOPES)
    bags = _in_order(len(X), 8)
    shares = _shares(y, bags)
    p = learner.learn(X, shares, bags)(X)
    order = rng.permutation(len(X))
    names = rng.permutation(10_000)[: bags.max() + 1]
    q = learner.learn(X[order], shares[order], names[bags][order])(X)
    gap = float(np.abs(p - q).mean())
    return Finding(gap, 0.0, 0.05, "the mean of |p - q| under other names")


def check_cut_bags_are_refused(learner: Learner, rng: np.random.RandomState) -> Finding:
    """Two rows in three of what a `bag_target` describes."""
    # A family, which a shared room doesn't need to be imported.
    bag_target = import_module("skx.proportions").bag_target
    if learner.fit is not None:
        raise Skip("it is fitted through a function that knows no bag_target")
    X, y = _rows(rng, 512, SLOPES)
    bags = _in_order(len(X), 8)
    target = bag_target(bags, proportions=_shares(y, bags))
    try:
        clone(learner.estimator).fit(X, target)
    except Exception as error:
        raise Skip(f"it takes no bag_target ({type(error).__name__})") from error
    kept = np.arange(len(X)) % 3 > 0
    meaning = "the number of fits to cut bags that went through"
    try:
        clone(learner.estimator).fit(X[kept], target[kept])
    except ValueError:
        return Finding(0.0, 0.0, 0.0, meaning)
    return Finding(1.0, 0.0, 0.0, meaning)


CHECKS: dict[str, Callable[[Learner, np.random.RandomState], Finding]] = {
    "rows_are_ranked": check_rows_are_ranked,
    "context_is_no_cause": check_context_is_no_cause,
    "probabilities_are_not_shrunk": check_probabilities_are_not_shrunk,
    "singletons_are_labels": check_singletons_are_labels,
    "flip_is_symmetric": check_flip_is_symmetric,
    "totals_are_kept": check_totals_are_kept,
    "equal_shares_teach_nothing": check_equal_shares_teach_nothing,
    "names_and_order_do_not_matter": check_names_and_order_do_not_matter,
    "cut_bags_are_refused": check_cut_bags_are_refused,
}
