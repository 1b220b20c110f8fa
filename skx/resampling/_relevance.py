# SPDX-License-Identifier: BSD-3-Clause
"""Which values of a numeric target are rare: as a weight, and as a relevance."""

from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import fft
from sklearn.utils import check_array
from sklearn.utils.validation import column_or_1d

from skx._backend import on_host
from skx._base.sklearn import Interval, StrOptions, validate_params

# Up to this many values the density is the plain sum over all pairs.
MAX_DIRECT = 5000
# Grid steps in a bandwidth. Linear binning on this grid and linear interpolation from
# it change a density by less than 1e-3 of its largest value.
STEPS = 32
MAX_GRID = 2**24


@on_host
@validate_params(
    {
        "y": ["array-like"],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "bandwidth": [Interval(Real, 0, None, closed="neither"), None],
        "eps": [Interval(Real, 0, None, closed="neither")],
    },
    prefer_skip_nested_validation=True,
)
def dense_weight(
    y: ArrayLike,
    *,
    alpha: float = 1.0,
    bandwidth: float | None = None,
    eps: float = 1e-6,
) -> NDArray[np.float64]:
    """Weight rows by how rare their numeric target is.

    Pass the result as ``sample_weight`` to a regressor that should not spend itself on
    the common values of the target. Nothing is added or removed, so there is nothing to
    leak between folds but the density of y. The price is a larger error where the
    target is common: weigh only if errors at rare values cost more.

    Parameters
    ----------
    y : array-like of shape (n_samples,), numeric
        Target values, finite.
    alpha : float >= 0, default=1.0
        How much the density counts. 0 gives equal weights; at 1 the most common value
        gets about no weight; above 1 a growing range of common values gets none.
    bandwidth : float > 0 or None, default=None
        Standard deviation of the Gaussian kernels, in units of y; None means
        1.06 s n^(-1/5) with the standard deviation s of y. A larger one smooths more.
    eps : float > 0, default=1e-6
        Smallest weight, before the weights are divided by their mean.

    Returns
    -------
    weights : ndarray of shape (n_samples,), float64
        Positive weights with mean 1.

    Raises
    ------
    ValueError
        If y is not numeric, finite and one-dimensional, or if ``bandwidth`` is too
        small for the range of more than 5000 values.

    See Also
    --------
    relevance : Rarity by distance from the median, without a density.
    SMOTER : Synthetic rows where the target is rare.

    Notes
    -----
    With the density p of y by Gaussian kernels and p' = (p - min p) / (max p - min p),
    minimum and maximum over y, a weight is max(1 - alpha p', eps) divided by the mean
    of all. The package of the authors takes minimum and maximum over a grid instead,
    which makes little difference. Where the densities are equal, as for one row or one
    value, all weights are 1; equal means that they differ by less than the error of
    their computation.

    Cost: O(n^2) up to 5000 values. Beyond, the density is computed on a grid by the
    fast Fourier transform, O(n + g log g) for g = 32 (max y - min y) / bandwidth grid
    points; it differs from the sum by less than 0.1 % of its maximum.

    References
    ----------
    M. Steininger, K. Kobs, P. Davidson, A. Krause, A. Hotho, 2021, "Density-based
    weighting for imbalanced regression", Machine Learning 110, 2187-2211.

    Examples
    --------
    >>> import numpy as np
    >>> from skx.resampling import dense_weight
    >>> y = np.array([1.0, 1.1, 1.2, 1.3, 5.0])
    >>> dense_weight(y).round(2).tolist()
    [0.05, 0.0, 0.0, 0.04, 4.9]
    """
    target = check_target(y)
    target, exponent = _scaled(target)
    target = target - target.mean()
    if np.ptp(target) == 0:
        return np.ones(target.shape[0])
    if bandwidth is None:
        width = 1.06 * target.std() * target.shape[0] ** -0.2
    else:
        width = float(np.ldexp(bandwidth, -exponent))
    if target.shape[0] <= MAX_DIRECT:
        density, precision = _summed_density(target, width), 1e-9
    else:
        density, precision = _binned_density(target, width), 1e-3
    lowest, highest = density.min(), density.max()
    if highest - lowest < precision * highest:
        return np.ones(target.shape[0])
    density = (density - lowest) / (highest - lowest)
    weights = np.maximum(1.0 - alpha * density, eps)
    return weights / weights.mean()


@on_host
@validate_params(
    {
        "y": ["array-like"],
        "coef": [Interval(Real, 0, None, closed="left")],
        "kind": [StrOptions({"both", "high", "low"})],
        "control_points": ["array-like", None],
    },
    prefer_skip_nested_validation=True,
)
def relevance(
    y: ArrayLike,
    *,
    coef: float = 1.5,
    kind: str = "both",
    control_points: ArrayLike | None = None,
) -> NDArray[np.float64]:
    """Rate values of a numeric target from 0, common, to 1, rare and of interest.

    By default what a box plot shows as outliers is of interest. If you know which
    values are, say so by ``control_points``.

    Parameters
    ----------
    y : array-like of shape (n_samples,), numeric
        Target values, finite.
    coef : float >= 0, default=1.5
        How many interquartile ranges beyond the quartiles a value counts as extreme; a
        larger one leaves fewer extremes.
    kind : {"both", "high", "low"}, default="both"
        Which extremes are of interest.
    control_points : array-like of shape (n_points, 2), default=None
        Values of the target, ascending, and their relevances in [0, 1], instead of the
        box plot; ``coef`` and ``kind`` are then not used.

    Returns
    -------
    relevance : ndarray of shape (n_samples,), float64
        Relevance of each value, in [0, 1].

    Raises
    ------
    ValueError
        If y is not numeric, finite and one-dimensional, if it has no extremes of this
        kind, or if ``control_points`` are not of the form above.

    See Also
    --------
    dense_weight : Rarity by density, as a sample weight.
    SMOTER : Uses the relevance to find the rows to multiply.

    Notes
    -----
    The median has relevance 0 and the most extreme value that is no outlier, of each
    side that has outliers, relevance 1. Between two control points a and b the
    relevance is r_a + (r_b - r_a) (3 t^2 - 2 t^3) with t = (y - a) / (b - a), the cubic
    Hermite polynomial of slope 0 at both; beyond the last ones it is constant. With
    control points of relevance 0 and 1 that is the monotone spline of the reference.
    Quartiles between two values are the midpoint of these. If the quartiles are equal,
    every other value is an outlier of relevance 1.

    Cost: O(n log n).

    References
    ----------
    R. P. Ribeiro, 2011, "Utility-based Regression", PhD thesis, University of Porto,
    chapter 3. L. Torgo, R. P. Ribeiro, B. Pfahringer, P. Branco, 2013, "SMOTE for
    Regression", EPIA, 378-389, section 2.

    Examples
    --------
    >>> from skx.resampling import relevance
    >>> y = [0, 1, 2, 3, 4, 5, 20]
    >>> relevance(y).tolist()
    [0.0, 0.0, 0.0, 0.0, 0.5, 1.0, 1.0]
    >>> relevance(y, control_points=[[1, 1], [3, 0]]).tolist()
    [1.0, 1.0, 0.5, 0.0, 0.0, 0.0, 0.0]
    """
    target = check_target(y)
    if control_points is None:
        points = box_plot_points(target, coef, kind)
    else:
        points = check_points(control_points)
    return interpolate_relevance(target, points)


def check_target(y: Any) -> NDArray[np.float64]:
    """Return y as a float64 vector, or say what is wrong with it."""
    values = y if hasattr(y, "iloc") else np.asarray(y)  # pandas knows missing values
    array = np.asarray(values)
    is_text = array.dtype == object and any(isinstance(v, str) for v in array.flat)
    if is_text or array.dtype.kind not in "fiubcO":
        raise ValueError(
            f"y begins with {str(array.flat[0])!r}, but a numeric target was expected; "
            "for class labels, use a method for classes such as SMOTE."
        )
    target = check_array(values, ensure_2d=False, dtype=np.float64, input_name="y")
    return column_or_1d(target, warn=True)


def check_points(control_points: ArrayLike) -> NDArray[np.float64]:
    """Return control points as a float64 array, or say what is wrong with them."""
    points = check_array(control_points, dtype=np.float64, input_name="control_points")
    if points.shape[0] < 2 or points.shape[1] != 2:
        raise ValueError(
            f"control_points has shape {points.shape}; it takes at least two rows of "
            "a target value and its relevance."
        )
    values, relevances = points.T
    if (np.diff(values) <= 0).any():
        raise ValueError(
            f"control_points has the target values {values.tolist()}; sort its rows "
            "by them, and give each value once."
        )
    if relevances.min() < 0 or relevances.max() > 1:
        raise ValueError(
            f"control_points has the relevances {relevances.tolist()}; they must be "
            "within [0, 1]."
        )
    return points


def box_plot_points(
    y: NDArray[np.float64], coef: float, kind: str
) -> NDArray[np.float64]:
    """Control points: relevance 0 at the median, 1 where the outliers of y begin."""
    y, exponent = _scaled(y)
    first, median, third = np.quantile(y, [0.25, 0.5, 0.75], method="midpoint")
    spread = third - first
    is_inside = (y >= first - coef * spread) & (y <= third + coef * spread)
    low, high = y[is_inside].min(), y[is_inside].max()
    reach = {"low": first - y.min(), "high": y.max() - third}
    asked = [kind] if kind in reach else list(reach)
    has_outliers = {"low": y.min() < low, "high": y.max() > high}
    if not any(has_outliers[side] for side in asked):
        furthest = max(reach[side] for side in asked)
        lower = f"lower coef below {furthest / spread:.3g}, or " if furthest > 0 else ""
        raise ValueError(
            f"y has no value that lies more than coef={coef} interquartile ranges "
            f"beyond its quartiles (kind={kind!r}), so none is relevant; {lower}give "
            "control_points that say which values are."
        )
    low, median, high = np.ldexp([low, median, high], exponent)
    points = [(median, 0.0)]
    # Where half of the values are equal, the relevance jumps right beside them.
    if "low" in asked and has_outliers["low"]:
        points.insert(0, (min(low, np.nextafter(median, -np.inf)), 1.0))
    if "high" in asked and has_outliers["high"]:
        points.append((max(high, np.nextafter(median, np.inf)), 1.0))
    return np.array(points)


def interpolate_relevance(
    y: NDArray[np.float64], points: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Relevance of y by cubic Hermite polynomials of slope 0 at the points."""
    values = points[:, 0]
    left = np.searchsorted(values, y, side="right") - 1
    left = np.clip(left, 0, values.shape[0] - 2)
    lower, upper = values[left], values[left + 1]
    with np.errstate(all="ignore"):  # beside a jump; halves cannot overflow
        share = (0.5 * y - 0.5 * lower) / (0.5 * upper - 0.5 * lower)
    share = np.where(y >= upper, 1.0, np.where(y <= lower, 0.0, share))
    start, end = points[left, 1], points[left + 1, 1]
    return start + (end - start) * share**2 * (3.0 - 2.0 * share)


def _scaled(y: NDArray[np.float64]) -> tuple[NDArray[np.float64], int]:
    # A power of two, so exact: differences and squares can neither over- nor underflow.
    exponent = int(np.frexp(np.abs(y).max())[1])
    return np.ldexp(y, -exponent), exponent


def _summed_density(y: NDArray[np.float64], width: float) -> NDArray[np.float64]:
    """Sum of Gaussian kernels over all pairs; blocks keep the memory small."""
    density = np.empty_like(y)
    for start in range(0, y.shape[0], 256):
        block = y[start : start + 256, np.newaxis]
        kernels = np.exp(-0.5 * np.square((block - y) / width))
        density[start : start + 256] = kernels.sum(axis=1)
    return density


def _binned_density(y: NDArray[np.float64], width: float) -> NDArray[np.float64]:
    """Sum of Gaussian kernels by linear binning and a product in Fourier space."""
    place = (y - y.min()) / (width / STEPS)
    if not place.max() < MAX_GRID:
        raise ValueError(
            f"bandwidth is {place.max() / STEPS:.3g} times smaller than the range of "
            f"the {y.shape[0]} values of y; make it at most {MAX_GRID // STEPS} times "
            "smaller, or use the default."
        )
    left = place.astype(np.int64)
    share = place - left
    n_points = int(left.max()) + 2
    counts = np.bincount(left, 1.0 - share, n_points)
    counts += np.bincount(left + 1, share, n_points)
    # Eight bandwidths of zeros: the ends of the grid must not see each other.
    size = fft.next_fast_len(n_points + 8 * STEPS, real=True)
    damping = np.exp(-2.0 * np.square(np.pi * STEPS * fft.rfftfreq(size)))
    density = fft.irfft(fft.rfft(counts, size) * damping, size)
    density *= STEPS * np.sqrt(2.0 * np.pi)  # kernels of height 1
    return (1.0 - share) * density[left] + share * density[left + 1]
