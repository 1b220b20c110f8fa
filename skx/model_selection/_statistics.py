# SPDX-License-Identifier: BSD-3-Clause
"""Tests of differences between estimators, on arrays of scores or predictions."""

import warnings
from collections.abc import Sequence
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from sklearn.utils import check_consistent_length, column_or_1d

from skx._base.sklearn import Interval, StrOptions, validate_params
from skx._caller import caller_level
from skx._holm import adjust_by_holm

# Differences that vary less than this, relative to the scores, are one number that was
# rounded in several ways.
ROUNDING = 1e-12
LEVEL = {"confidence_level": [Interval(Real, 0, 1, closed="neither")]}


class Significance(NamedTuple):
    """What a test says."""

    statistic: float
    p_value: float
    df: tuple[int, ...]
    difference: float | None = None
    interval: tuple[float, float] | None = None


@validate_params(
    {
        "scores_a": ["array-like"],
        "scores_b": ["array-like"],
        "n_train": [Interval(Real, 0, None, closed="neither"), "array-like"],
        "n_test": [Interval(Real, 0, None, closed="neither"), "array-like"],
        **LEVEL,
    },
    prefer_skip_nested_validation=True,
)
def corrected_resampled_ttest(
    scores_a: ArrayLike,
    scores_b: ArrayLike,
    *,
    n_train: ArrayLike,
    n_test: ArrayLike,
    confidence_level: float = 0.95,
) -> Significance:
    r"""Test whether scores differ, on splits that share training rows.

    For random splits, folds, and repeated folds. The ordinary paired t test takes the
    splits for independent data, and with repeats finds far too many differences.

    Parameters
    ----------
    scores_a, scores_b : array-like of shape (n_splits,)
        Scores of both estimators, in the same order of splits; at least 2.
    n_train, n_test : int or array-like of shape (n_splits,)
        Number of training and of test rows of the splits. Of several, the mean of the
        ratios counts.
    confidence_level : float between 0 and 1, default=0.95
        Level of the interval.

    Returns
    -------
    result : named tuple
        ``statistic``, which is t; ``p_value``, two-sided; ``df``, a tuple with the
        degrees of freedom; ``difference``, the mean of ``scores_a - scores_b``; and its
        ``interval``.

    Raises
    ------
    ValueError
        If scores are of unequal number, missing, infinite or fewer than two.

    Warns
    -----
    UserWarning
        If the differences are one and the same number other than 0. Their variance
        cannot be told then; the statistic is infinite and the p-value is 0.

    Notes
    -----
    With differences :math:`d_j` on :math:`J` splits and their sample variance
    :math:`s^2`,

    .. math:: t = \frac{\bar d}{\sqrt{\left(\frac{1}{J} +
       \frac{n_{test}}{n_{train}}\right) s^2}},

    with :math:`J - 1` degrees of freedom. For k folds, repeated or not, the ratio is
    1 / (k - 1). If all differences are 0, then so is t, and the p-value is 1.

    References
    ----------
    C. Nadeau, Y. Bengio (2003). Inference for the generalization error. Machine
    Learning 52, 239-281.

    R. R. Bouckaert, E. Frank (2004). Evaluating the replicability of significance tests
    for comparing learning algorithms. PAKDD 2004, 3-12.

    Examples
    --------
    >>> from skx.model_selection import corrected_resampled_ttest
    >>> a, b = [0.80, 0.84, 0.78, 0.81, 0.83], [0.75, 0.82, 0.77, 0.76, 0.81]
    >>> result = corrected_resampled_ttest(a, b, n_train=80, n_test=20)
    >>> print(f"t = {result.statistic:.2f}, p = {result.p_value:.3f}")
    t = 2.39, p = 0.075
    """
    a, b = read_scores(scores_a, scores_b)
    ratio = np.mean(np.asarray(n_test, float) / np.asarray(n_train, float))
    gaps = a - b
    df = len(gaps) - 1
    scale = max(np.abs(a).max(), np.abs(b).max())
    error = standard_error(gaps, ratio, scale=scale)
    mean = float(gaps.mean())
    if error == 0.0:
        return _without_variance(mean, (df,), zero=ROUNDING * scale)
    statistic = mean / error
    half = float(stats.t.ppf((1.0 + confidence_level) / 2.0, df)) * error
    return Significance(
        statistic,
        float(2.0 * stats.t.sf(abs(statistic), df)),
        (df,),
        mean,
        (mean - half, mean + half),
    )


def standard_error(values: NDArray[np.float64], ratio: float, *, scale: float) -> float:
    """Return the corrected standard error of a mean over splits, 0 if all are equal."""
    spread = float(values.std(ddof=1))
    if spread <= ROUNDING * scale:
        return 0.0
    return spread * float(np.sqrt(1.0 / len(values) + ratio))


def _without_variance(
    difference: float, df: tuple[int, ...], *, zero: float
) -> Significance:
    if abs(difference) <= zero:
        return Significance(0.0, 1.0, df, 0.0, (0.0, 0.0))
    warnings.warn(
        f"The scores differ by the same on every split ({difference:.4g}), so that the "
        "variance cannot be told and the p-value of 0 means little; use more splits "
        "or a finer score.",
        UserWarning,
        stacklevel=caller_level(),
    )
    infinite = float(np.copysign(np.inf, difference))
    return Significance(infinite, 0.0, df, difference, (difference, difference))


@validate_params(
    {"scores_a": ["array-like"], "scores_b": ["array-like"], **LEVEL},
    prefer_skip_nested_validation=True,
)
def combined_ftest_5x2cv(
    scores_a: ArrayLike, scores_b: ArrayLike, *, confidence_level: float = 0.95
) -> Significance:
    r"""Test whether scores of two folds, drawn five times, differ.

    The test for small budgets: 10 fits of each estimator, though on half of the rows.
    With estimators that change much with single rows, such as a nearest neighbour, it
    finds too many differences: 14 % in a study where there are none.

    Parameters
    ----------
    scores_a, scores_b : array-like of shape (5, 2) or (10,)
        Scores of both estimators; the halves of a draw stand in a row, or next to each
        other.
    confidence_level : float between 0 and 1, default=0.95
        Level of the interval.

    Returns
    -------
    result : named tuple
        ``statistic``, which is F; ``p_value``; ``df``, which is (10, 5);
        ``difference``, the mean of ``scores_a - scores_b``; and its ``interval``, which
        holds the differences that the test does not reject. None stands for an interval
        where the draws vary so much that it rejects all of them.

    Raises
    ------
    ValueError
        If there are not ten finite scores of each.

    Warns
    -----
    UserWarning
        If the halves of a draw agree in all draws, on differences other than 0. The
        variance cannot be told then; the statistic is infinite and the p-value is 0.

    Notes
    -----
    With the difference :math:`p_{ij}` in half j of draw i,

    .. math:: F = \frac{\sum_{ij} p_{ij}^2}{2 \sum_i s_i^2},
       \qquad s_i^2 = (p_{i1} - p_{i2})^2 / 2.

    It asks whether the scores differ anywhere, not the mean alone: scores that are far
    apart in both directions are significant too, with an interval that may be wide or
    None. If all differences are 0, then so is F, and the p-value is 1.

    References
    ----------
    E. Alpaydin (1999). Combined 5x2 cv F test for comparing supervised classification
    learning algorithms. Neural Computation 11, 1885-1892.

    Examples
    --------
    >>> from skx.model_selection import combined_ftest_5x2cv
    >>> a = [[0.80, 0.84], [0.78, 0.81], [0.83, 0.82], [0.80, 0.79], [0.84, 0.80]]
    >>> b = [[0.75, 0.82], [0.77, 0.76], [0.81, 0.78], [0.76, 0.77], [0.80, 0.77]]
    >>> result = combined_ftest_5x2cv(a, b)
    >>> print(f"F = {result.statistic:.2f}, p = {result.p_value:.3f}")
    F = 3.53, p = 0.088
    """
    shapes = {np.shape(scores_a), np.shape(scores_b)}
    if not shapes <= {(5, 2), (10,)}:
        raise ValueError(
            f"scores_a and scores_b have the shapes {np.shape(scores_a)} and "
            f"{np.shape(scores_b)}; give ten scores each, as (5, 2) or (10,)."
        )
    a, b = read_scores(np.ravel(scores_a), np.ravel(scores_b))
    gaps = a - b
    halves = gaps.reshape(5, 2)
    mean = float(gaps.mean())
    df = (10, 5)
    scale = max(np.abs(a).max(), np.abs(b).max())
    spread = float(((halves[:, 0] - halves[:, 1]) ** 2).sum() / 2.0)
    if spread <= (ROUNDING * scale) ** 2:
        return _without_spread_in_draws(gaps, mean, df, zero=ROUNDING * scale)
    statistic = float((gaps**2).sum()) / (2.0 * spread)
    # The sum of (gaps - d)^2 that is not rejected, less the least there is.
    critical = float(stats.f.ppf(confidence_level, *df))
    room = critical * 2.0 * spread - float(((gaps - mean) ** 2).sum())
    half = float(np.sqrt(max(room, 0.0) / 10.0))
    return Significance(
        statistic,
        float(stats.f.sf(statistic, *df)),
        df,
        mean,
        (mean - half, mean + half) if room >= 0.0 else None,
    )


def _without_spread_in_draws(
    gaps: NDArray[np.float64], mean: float, df: tuple[int, ...], *, zero: float
) -> Significance:
    if np.abs(gaps).max() <= zero:
        return Significance(0.0, 1.0, df, 0.0, (0.0, 0.0))
    warnings.warn(
        "The scores differ by the same on both halves of every draw, so that the "
        "variance cannot be told and the p-value of 0 means little; use a finer score.",
        UserWarning,
        stacklevel=caller_level(),
    )
    interval = (mean, mean) if np.ptp(gaps) <= zero else None
    return Significance(float(np.inf), 0.0, df, mean, interval)


@validate_params(
    {
        "y_true": ["array-like"],
        "y_pred_a": ["array-like"],
        "y_pred_b": ["array-like"],
        "method": [StrOptions({"exact", "chi2"})],
        "correction": ["boolean"],
        **LEVEL,
    },
    prefer_skip_nested_validation=True,
)
def mcnemar_test(
    y_true: ArrayLike,
    y_pred_a: ArrayLike,
    y_pred_b: ArrayLike,
    *,
    method: str = "exact",
    correction: bool = True,
    confidence_level: float = 0.95,
) -> Significance:
    r"""Test whether two classifiers err equally often on the same rows.

    For two fitted models and one test set. It says nothing of other training rows: of
    two methods that vary with them, one may win here and lose on the next sample.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        True classes.
    y_pred_a, y_pred_b : array-like of shape (n_samples,)
        Predicted classes.
    method : {"exact", "chi2"}, default="exact"
        ``"exact"`` is the binomial test, for any number of rows. ``"chi2"`` is its
        approximation for 25 or more rows on which one of the two is right.
    correction : bool, default=True
        Correction of ``"chi2"`` for continuity, which brings it closer to ``"exact"``.
    confidence_level : float between 0 and 1, default=0.95
        Level of the interval.

    Returns
    -------
    result : named tuple
        ``statistic``: number of rows on which only ``a`` is right, or chi-squared;
        ``p_value``, two-sided; ``df``, a tuple with the degrees of freedom, which is
        empty for ``"exact"``; ``difference`` of the accuracies; and its ``interval``.

    Raises
    ------
    ValueError
        If lengths differ or there is no row.

    Notes
    -----
    Let b and c be the numbers of rows on which only ``a`` and only ``b`` is right. Then
    b is binomial with n = b + c and 1/2 if both err equally often, and chi-squared is
    :math:`\max(|b - c| - 1, 0)^2 / (b + c)`, without correction
    :math:`(b - c)^2 / (b + c)`. If b = c the p-value is 1.

    The interval is that of Bonett and Price, which adds a row to b and to c. Rows
    are taken to be independent; with groups of rows use `corrected_resampled_ttest`.

    References
    ----------
    Q. McNemar (1947). Note on the sampling error of the difference between correlated
    proportions or percentages. Psychometrika 12, 153-157.

    D. G. Bonett, R. M. Price (2012). Adjusted Wald confidence interval for a difference
    of binomial proportions based on paired data. Journal of Educational and Behavioral
    Statistics 37, 479-488.

    Examples
    --------
    >>> import numpy as np
    >>> from skx.model_selection import mcnemar_test
    >>> y = np.ones(40)
    >>> a, b = y.copy(), y.copy()
    >>> a[:2], b[2:12] = 0, 0
    >>> result = mcnemar_test(y, a, b)
    >>> result.difference, round(result.p_value, 3)
    (0.2, 0.039)
    """
    a, b = read_hits(y_true, [y_pred_a, y_pred_b])
    return compare_hits(
        a, b, exact=method == "exact", correction=correction, level=confidence_level
    )


def compare_hits(
    a: NDArray[np.bool_],
    b: NDArray[np.bool_],
    *,
    exact: bool,
    correction: bool = True,
    level: float,
) -> Significance:
    """Do McNemar's test on what two classifiers get right."""
    n_rows, n_a, n_b = len(a), int((a & ~b).sum()), int((b & ~a).sum())
    n_odd = n_a + n_b
    statistic, p_value = float(n_a), 1.0
    df: tuple[int, ...] = (1,)
    if exact:
        df = ()
        if n_odd:
            p_value = float(stats.binomtest(n_a, n_odd).pvalue)
    else:
        gap = abs(n_a - n_b)
        statistic = max(gap - correction, 0) ** 2 / max(n_odd, 1)
        p_value = float(stats.chi2.sf(statistic, 1))
    share_a, share_b = (n_a + 1) / (n_rows + 2), (n_b + 1) / (n_rows + 2)
    middle = share_a - share_b
    error = np.sqrt((share_a + share_b - middle**2) / (n_rows + 2))
    half = float(stats.norm.ppf((1.0 + level) / 2.0) * error)
    interval = (max(middle - half, -1.0), min(middle + half, 1.0))
    return Significance(float(statistic), p_value, df, (n_a - n_b) / n_rows, interval)


@validate_params(
    {"y_true": ["array-like"], "y_preds": ["array-like"]},
    prefer_skip_nested_validation=True,
)
def cochrans_q_test(y_true: ArrayLike, y_preds: Sequence[ArrayLike]) -> Significance:
    r"""Test whether several classifiers err equally often on the same rows.

    One question for all of them, before pairs are asked by `mcnemar_test`; for two it
    is the same as that with ``method="chi2", correction=False``.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        True classes.
    y_preds : sequence of array-likes of shape (n_samples,)
        Predicted classes of each classifier; at least two.

    Returns
    -------
    result : named tuple
        ``statistic``, which is Q; ``p_value``; ``df``, a tuple with the degrees of
        freedom; ``difference`` and ``interval`` are None.

    Raises
    ------
    ValueError
        If lengths differ, there is no row or fewer than two classifiers.

    Notes
    -----
    Of k classifiers let :math:`g_j` be the number of rows that j gets right, and
    :math:`l_i` the number of classifiers that get row i right. Then

    .. math:: Q = (k - 1) \frac{k \sum_j g_j^2 - (\sum_j g_j)^2}
       {k \sum_i l_i - \sum_i l_i^2}

    is about chi-squared with k - 1 degrees of freedom. If all are right on the same
    rows then Q is 0 and the p-value is 1.

    References
    ----------
    W. G. Cochran (1950). The comparison of percentages in matched samples. Biometrika
    37, 256-266.

    Examples
    --------
    >>> import numpy as np
    >>> from skx.model_selection import cochrans_q_test
    >>> y = np.ones(60)
    >>> a, b, c = y.copy(), y.copy(), y.copy()
    >>> a[:4], b[2:8], c[6:24] = 0, 0, 0
    >>> result = cochrans_q_test(y, [a, b, c])
    >>> print(f"Q = {result.statistic:.2f}, p = {result.p_value:.4f}")
    Q = 14.33, p = 0.0008
    """
    if len(y_preds) < 2:
        raise ValueError(
            f"y_preds holds the predictions of {len(y_preds)} classifier; give two or "
            "more."
        )
    return compare_all_hits(np.array(read_hits(y_true, y_preds)))


def compare_all_hits(hits: NDArray[np.bool_]) -> Significance:
    """Do Cochran's test on what each classifier (a row of hits) gets right."""
    k = len(hits)
    by_classifier, by_row = hits.sum(axis=1), hits.sum(axis=0)
    above = k * (by_classifier**2).sum() - by_classifier.sum() ** 2
    below = k * by_row.sum() - (by_row**2).sum()
    if below == 0:  # all are right on the same rows
        return Significance(0.0, 1.0, (k - 1,))
    statistic = float((k - 1) * above / below)
    return Significance(statistic, float(stats.chi2.sf(statistic, k - 1)), (k - 1,))


@validate_params({"p_values": ["array-like"]}, prefer_skip_nested_validation=True)
def holm_correction(p_values: ArrayLike) -> NDArray[np.float64]:
    """Adjust p-values for their number.

    What is below 0.05 after it is wrong with a chance of 5 % for all of them together,
    however they depend on each other.

    Parameters
    ----------
    p_values : array-like of shape (n_tests,)
        Between 0 and 1.

    Returns
    -------
    adjusted : ndarray of shape (n_tests,), float64
        In the same order.

    Raises
    ------
    ValueError
        If a value is missing or not between 0 and 1.

    References
    ----------
    S. Holm (1979). A simple sequentially rejective multiple test procedure.
    Scandinavian Journal of Statistics 6(2), 65-70.

    Examples
    --------
    >>> from skx.model_selection import holm_correction
    >>> holm_correction([0.01, 0.04, 0.03])
    array([0.03, 0.06, 0.06])
    """
    values = np.asarray(column_or_1d(p_values), dtype=np.float64)
    wrong = ~((values >= 0.0) & (values <= 1.0))
    if wrong.any():
        k = int(wrong.argmax())
        raise ValueError(f"p_values[{k}] is {values[k]}; it must be between 0 and 1.")
    return adjust_by_holm(values)


def read_scores(scores_a: Any, scores_b: Any) -> tuple[NDArray[np.float64], ...]:
    """Return both as arrays of equal length, two values or more, all finite."""
    pair = []
    for name, scores in (("scores_a", scores_a), ("scores_b", scores_b)):
        values = np.asarray(column_or_1d(scores), dtype=np.float64)
        lost = ~np.isfinite(values)
        if lost.any():
            k = int(lost.argmax())
            raise ValueError(
                f"{name}[{k}] is {values[k]}; a test needs a score on every split. "
                "Leave the split out of both, or mend the fit."
            )
        pair.append(values)
    a, b = pair
    if len(a) != len(b):
        raise ValueError(
            f"scores_a has {len(a)} scores and scores_b has {len(b)}; give those of "
            "the same splits, in the same order."
        )
    if len(a) < 2:
        raise ValueError(
            f"There is {len(a)} split, which no test can tell from chance; give two "
            "or more."
        )
    return a, b


def read_hits(y_true: Any, y_preds: Sequence[Any]) -> list[NDArray[np.bool_]]:
    """Return for each prediction which rows are right."""
    truth = column_or_1d(y_true)
    if len(truth) == 0:
        raise ValueError("y_true is empty; a test needs rows.")
    predictions = [column_or_1d(y_pred) for y_pred in y_preds]
    check_consistent_length(truth, *predictions)
    return [np.asarray(truth == prediction) for prediction in predictions]
