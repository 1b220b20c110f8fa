# SPDX-License-Identifier: BSD-3-Clause
"""Noise that hides labels of rows, and what the size of bags has to do with it."""

import math
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from skx._base.sklearn import Interval, StrOptions, validate_params
from skx.proportions._bags import (
    SHARE_TOL,
    check_constant,
    check_finite,
    check_whole,
    is_bag_target,
)
from skx.proportions._mechanisms import gaussian_sd, laplace_scale

MECHANISMS = {"laplace", "gaussian", "geometric"}


@validate_params(
    {
        "target": ["array-like"],
        "epsilon": [Interval(Real, 0, None, closed="neither")],
        "delta": [Interval(Real, 0, 1, closed="left")],
        "mechanism": [StrOptions(MECHANISMS)],
        "bounds": [tuple, list, None],
        "random_state": ["random_state"],
        "return_count_noise": ["boolean"],
    },
    prefer_skip_nested_validation=True,
)
def privatize_bag_target(
    target: NDArray[Any],
    *,
    epsilon: float,
    delta: float = 0.0,
    mechanism: str = "laplace",
    bounds: tuple[float, float] | None = None,
    random_state: Any = None,
    return_count_noise: bool = False,
) -> Any:
    """Add noise to the values of bags, so that they give away no row's label.

    The result satisfies differential privacy of labels: what anyone learns from it
    would have been about as likely had any one row had another label. Columns and bags
    are not protected. Publish the result once; privacy losses of several add up.

    Parameters
    ----------
    target : ndarray of shape (n_samples,), structured
        The exact result of `bag_target`.
    epsilon : float > 0
        Privacy loss: another label changes probabilities by a factor of exp(epsilon) at
        most. 1 is strong, 10 weak.
    delta : float in [0, 1), default=0.0
        Probability with which the loss may be greater; above 0 for "gaussian" only,
        where it should be far below 1 / n_samples.
    mechanism : {"laplace", "gaussian", "geometric"}, default="laplace"
        Law of the noise. "geometric" adds whole numbers to counts, and so leaves no
        trace in the last digits, as real numbers of a computer do.
    bounds : tuple of two floats or None, default=None
        For means: between what values every row's target lies for certain. None takes
        the values for shares of classes.
    random_state : int, RandomState instance or None, default=None
        Seed. Keep it secret: who knows it can take the noise off.
    return_count_noise : bool, default=False
        Whether to return what estimators take as ``count_noise`` as well.

    Returns
    -------
    target : ndarray of shape (n_samples,), structured
        A copy with noise, the same for all rows of a bag. Shares may leave [0, 1], and
        those of three or more classes need not sum to 1.
    count_noise : tuple
        Law of the noise of counts. Only with ``return_count_noise``.

    See Also
    --------
    bag_target : Makes the target.
    optimal_bag_size : How many rows to put into a bag.

    Notes
    -----
    One label changes the count of its class by 1, those of three or more classes by 2
    in sum, and the sum of a bag by the width of ``bounds``; divided by the bag size k,
    that is what noise must cover: with "laplace", of scale 1 / (k epsilon) for a share.
    So larger bags have less noise in shares and the same noise in counts. "gaussian"
    has the least deviation that satisfies (epsilon, delta), for any epsilon.

    For three or more classes ``count_noise`` is the normal law of the same deviation,
    which is what estimators know.

    References
    ----------
    C. Dwork, F. McSherry, K. Nissim, A. Smith (2006), Calibrating Noise to Sensitivity
    in Private Data Analysis, Theory of Cryptography Conference.

    A. Ghosh, T. Roughgarden, M. Sundararajan (2009), Universally Utility-Maximizing
    Privacy Mechanisms, Symposium on Theory of Computing.

    B. Balle, Y.-X. Wang (2018), Improving the Gaussian Mechanism for Differential
    Privacy: Analytical Calibration and Optimal Denoising, ICML.

    Examples
    --------
    >>> from skx.proportions import bag_target, privatize_bag_target
    >>> y = bag_target([0] * 100 + [1] * 100, counts=[20, 70])
    >>> y, noise = privatize_bag_target(
    ...     y, epsilon=1.0, random_state=0, return_count_noise=True
    ... )
    >>> noise
    ('laplace', 1.0)
    >>> y["value"][[0, 100]].round(2)
    array([0.2 , 0.71])
    """
    if not is_bag_target(target):
        raise ValueError(
            "target carries no bags; make it by bag_target(bags, proportions=...)."
        )
    if (delta > 0.0) != (mechanism == "gaussian"):
        raise ValueError(
            f"delta={delta:g} does not go with mechanism={mechanism!r}; 'gaussian' "
            "needs a delta above 0, such as 1e-6, and the others have none."
        )
    ids, first, codes = np.unique(target["bag"], return_index=True, return_inverse=True)
    check_whole(ids, codes, target["size"])
    order = np.argsort(codes, kind="stable")
    indptr = np.append(0, np.cumsum(np.bincount(codes)))
    check_finite(ids, indptr, target["value"][order])
    check_constant(ids, indptr, target["value"][order])
    sizes = target["size"][first].astype(np.float64)
    values = target["value"][first].reshape(len(ids), -1)
    if bounds is None:
        _check_exact_shares(ids, values)
        n_changed = 1 if values.shape[1] <= 2 else 2
        one_norm, two_norm = float(n_changed), math.sqrt(n_changed)
        if values.shape[1] == 2:
            values = values[:, 1:]
    else:
        width = _width(bounds)
        _check_bounds(ids, values, bounds)
        if mechanism == "geometric":
            raise ValueError(
                "mechanism='geometric' adds whole numbers to counts; for means use "
                "'laplace' or 'gaussian'."
            )
        one_norm = width * values.shape[1]
        two_norm = width * math.sqrt(values.shape[1])
    sums = values * sizes[:, None]
    random = check_random_state(random_state)
    if mechanism == "gaussian":
        scale = gaussian_sd(epsilon, delta, two_norm)
        sums = sums + scale * random.standard_normal(sums.shape)
    else:
        scale = laplace_scale(epsilon, one_norm)
        if mechanism == "laplace":
            sums = sums + random.laplace(scale=scale, size=sums.shape)
        else:
            stop = -math.expm1(-1.0 / scale)
            ups = random.geometric(stop, sums.shape)
            sums = np.rint(sums) + (ups - random.geometric(stop, sums.shape))
    noisy = sums / sizes[:, None]
    private = target.copy()
    if target["value"].ndim == 1:
        private["value"] = noisy[codes, 0]
    elif bounds is None and noisy.shape[1] == 1:
        private["value"] = np.column_stack([1.0 - noisy, noisy])[codes]
    else:
        private["value"] = noisy[codes]
    if not return_count_noise:
        return private
    if bounds is not None:
        raise ValueError(
            "return_count_noise=True is for shares; estimators of means take no law "
            "of noise."
        )
    if mechanism == "gaussian":
        return private, ("gaussian", scale)
    if noisy.shape[1] == 1:
        return private, ("laplace", scale)
    return private, ("gaussian", math.sqrt(2.0) * scale)


@validate_params(
    {
        "n_samples": [Interval(Integral, 2, None, closed="left")],
        "n_features": [Interval(Integral, 1, None, closed="left")],
        "epsilon": [Interval(Real, 0, None, closed="neither")],
        "bounds": [tuple, list],
        "explained_variance": [Interval(Real, 0, None, closed="neither")],
        "residual_variance": [Interval(Real, 0, None, closed="left")],
        "interpolation": [Interval(Real, 0, 1, closed="both")],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "delta": [Interval(Real, 0, 1, closed="left")],
        "max_size": [Interval(Integral, 1, None, closed="left"), None],
        "return_risks": ["boolean"],
    },
    prefer_skip_nested_validation=True,
)
def optimal_bag_size(
    n_samples: int,
    n_features: int,
    *,
    epsilon: float,
    bounds: tuple[float, float] = (0.0, 1.0),
    explained_variance: float,
    residual_variance: float,
    interpolation: float = 0.0,
    alpha: float = 0.0,
    delta: float = 0.0,
    max_size: int | None = None,
    return_risks: bool = False,
) -> Any:
    """Bag size at which `AggregateRidge` predicts best from private means.

    For planning: before labels are aggregated and noise is added, ask how large bags
    should be. Larger bags hide labels with less noise in their means, but there are
    fewer of them, and without shrinkage that weighs more: the answer is then 1. Where
    ``interpolation`` or ``alpha`` is above 0, larger bags shrink coefficients more,
    which is better where noise is strong. It holds for random bags.

    Parameters
    ----------
    n_samples : int >= 2
        Number of rows.
    n_features : int >= 1
        Number of columns.
    epsilon : float > 0
        Privacy loss, see `privatize_bag_target`.
    bounds : tuple of two floats, default=(0.0, 1.0)
        Between what values the target of every row lies.
    explained_variance : float > 0
        Variance of what columns can predict of the target.
    residual_variance : float >= 0
        Variance of the rest.
    interpolation : float in [0, 1], default=0.0
        Of the estimator.
    alpha : float >= 0, default=0.0
        Penalty of the estimator, for columns of variance 1.
    delta : float in [0, 1), default=0.0
        Above 0 for the Gaussian mechanism; 0 is the Laplace mechanism.
    max_size : int >= 1 or None, default=None
        Largest size to consider; None is ``n_samples``.
    return_risks : bool, default=False
        Whether to return the risk of every size as well.

    Returns
    -------
    bag_size : int
        Size of least risk; of equal ones the smallest. The largest size that was
        considered says that predicting the mean of all rows is best.
    risks : ndarray of shape (max_size,), float64
        Expected squared error of predictions of rows beyond the residual variance, for
        bags of 1, 2, ... rows. Only with ``return_risks``.

    See Also
    --------
    privatize_bag_target : Adds the noise.
    AggregateRidge : The estimator.

    Notes
    -----
    For n rows, d independent columns, bags of k rows, explained variance r, residual
    variance s, variance A of the noise of a sum (2 (width / epsilon)^2 for Laplace),
    interpolation rho and G = 1 + rho (k - 1) + k alpha, the risk is, to first order in
    d / n,

    ``r (1 - 1/G)^2 + d (k s + A) / (n G^2)
    + k^2 (d + 1) r (rho^2 (k - 1) + 2 rho alpha (k - 1) + k alpha^2) / (n G^4)``:

    shrinkage, noise, and what chance does to the shrinkage. For rho = alpha = 0 it is
    d (k s + A) / n, which grows with k. Otherwise the noise falls with k as G grows;
    where noise is strong against n that outweighs the bias. A penalty ``alpha`` that is
    chosen well for bags of one row does at least as well. It is derived here, for
    normal columns, and holds where bags, or rows if rho > 0, outnumber columns by far.

    References
    ----------
    A. Javanmard, L. Chen, V. Mirrokni, A. Badanidiyuru, G. Fu (2024), Learning from
    Aggregate Responses: Instance Level versus Bag Level Loss Functions, ICLR. Their
    setting has columns in proportion to rows.

    Examples
    --------
    >>> from skx.proportions import optimal_bag_size
    >>> known = {"explained_variance": 0.1, "residual_variance": 0.15}
    >>> optimal_bag_size(10_000, 20, epsilon=0.5, **known)
    1
    >>> optimal_bag_size(10_000, 20, epsilon=0.05, **known, interpolation=1.0)
    17
    """
    width = _width(bounds)
    if delta > 0.0:
        noise = gaussian_sd(epsilon, delta, width) ** 2
    else:
        noise = 2.0 * laplace_scale(epsilon, width) ** 2
    largest = n_samples if max_size is None else min(max_size, n_samples)
    k = np.arange(1.0, largest + 1.0)
    n, d, rho = n_samples, n_features, interpolation
    shrink = 1.0 + rho * (k - 1.0) + alpha * k
    bias = explained_variance * (1.0 - 1.0 / shrink) ** 2
    spread = d * (k * residual_variance + noise) / (n * shrink**2)
    mixed = rho * (rho + 2.0 * alpha) * (k - 1.0) + alpha**2 * k
    chance = (d + 1) * explained_variance * k**2 * mixed / (n * shrink**4)
    risks = bias + spread + chance
    size = int(risks.argmin()) + 1
    return (size, risks) if return_risks else size


def _width(bounds: Any) -> float:
    is_pair = len(bounds) == 2 and all(isinstance(b, Real) for b in bounds)
    if not is_pair or not 0.0 < bounds[1] - bounds[0] < math.inf:
        raise ValueError(
            f"bounds={bounds!r}; give the least and the greatest possible target of a "
            "row, as two finite numbers in this order."
        )
    return float(bounds[1] - bounds[0])


def _check_exact_shares(ids: NDArray[Any], values: NDArray[np.float64]) -> None:
    outside = ((values < -SHARE_TOL) | (values > 1.0 + SHARE_TOL)).any(axis=1)
    if outside.any():
        bag = int(outside.argmax())
        raise ValueError(
            f"The value of bag {ids[bag]} is {values[bag]}, no share. For means give "
            "bounds; if noise was added before, start from the exact target."
        )


def _check_bounds(ids: NDArray[Any], values: NDArray[np.float64], bounds: Any) -> None:
    outside = ((values < bounds[0]) | (values > bounds[1])).any(axis=1)
    if outside.any():
        bag = int(outside.argmax())
        raise ValueError(
            f"The mean of bag {ids[bag]} is {values[bag]}, so not all its rows lie "
            f"within bounds={tuple(bounds)}; clip the targets of rows before they are "
            "averaged, or widen the bounds."
        )
