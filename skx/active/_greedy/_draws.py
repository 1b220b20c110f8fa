# SPDX-License-Identifier: BSD-3-Clause
"""The best rows, or random ones of which the better are more probable."""

from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.random import RandomState
from numpy.typing import ArrayLike
from sklearn.utils import check_array

from skx._backend import is_device_array, on_host
from skx._base.sklearn import Interval, StrOptions, validate_params
from skx._random import draw_seed
from skx.active import _device
from skx.active._greedy._reading import Positions, usable_count


@on_host(positions=True)
@validate_params(
    {
        "scores": ["array-like"],
        "n_samples": [Interval(Integral, 1, None, closed="left")],
        "method": [StrOptions({"power", "softmax", "softrank"})],
        "beta": [Interval(Real, 0, None, closed="both")],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def stochastic_top_k(
    scores: ArrayLike,
    n_samples: int,
    *,
    method: str = "power",
    beta: float = 1.0,
    random_state: int | RandomState | None = None,
) -> Positions:
    """Draw rows without replacement, those of high scores with higher probability.

    The best rows of a large batch are often alike, as a score looks at one row at a
    time. Drawing by score spreads the batch at no cost, and does about as well as
    methods that look at all of it. With ``beta=inf`` it returns the best rows.

    Parameters
    ----------
    scores : array-like of shape (n_rows,), float
        Finite; the higher, the more a label is worth. Not negative for "power".
    n_samples : int, at least 1
        Number of rows to draw.
    method : {"power", "softmax", "softrank"}, default="power"
        The probability of a single draw is proportional to ``scores ** beta``, to
        ``exp(beta * scores)`` or to ``rank ** -beta``, where the best row has rank 1.
        "power" suits scores that are 0 where nothing is to be learned, "softrank" any.
    beta : float, at least 0, default=1.0
        Larger is greedier: 0 draws at random, infinity takes the best.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws; an int gives the same rows every time.

    Returns
    -------
    indices : ndarray of shape (n_samples,), int64
        Positions in the order of draws, or best first. If there are fewer rows, all of
        them, with a warning.

    See Also
    --------
    batch_bald : Looks at the whole batch.

    Notes
    -----
    The largest of ``log(weight) + G`` with Gumbel noise G. Equal scores are ranked by
    position. "softmax" depends on the scale of the scores: for entropies it is close to
    random, for large scores close to greedy; divide by their deviation. Rows of score 0
    come after all others with "power".

    References
    ----------
    A. Kirsch, S. Farquhar, P. Atighehchian, A. Jesson, F. Branchaud-Charron, Y. Gal
    (2023). Stochastic batch acquisition: A simple baseline for deep active learning.
    TMLR.

    Examples
    --------
    >>> import numpy as np
    >>> from skx.active import stochastic_top_k
    >>> scores = [0.1, 0.9, 0.5, 0.9]
    >>> stochastic_top_k(scores, 2, beta=np.inf)
    array([1, 3])
    >>> stochastic_top_k(scores, 2, beta=1.0, random_state=0).shape
    (2,)
    """
    values = check_array(scores, dtype=np.float64, ensure_2d=False, input_name="scores")
    if values.ndim != 1:
        raise ValueError(
            f"scores has the shape {values.shape}; expected one number per row."
        )
    if method == "power" and values.min() < 0.0:
        row = int(np.argmin(values))
        raise ValueError(
            f"scores[{row}] is {values[row]:.6g}; method='power' needs scores that are "
            "not negative. Use method='softrank', or subtract the least score."
        )
    n_draws = usable_count(n_samples, values.shape[0])
    if np.isinf(beta):
        return best_rows(values, n_draws)
    noise = np.random.default_rng(int(draw_seed(random_state))).gumbel(
        size=values.shape[0]
    )
    if method == "softmax":
        return best_rows(beta * values + noise, n_draws)
    if method == "softrank":
        ranks = np.empty(values.shape[0])
        ranks[np.argsort(-values, kind="stable")] = np.arange(1, values.shape[0] + 1)
        return best_rows(noise - beta * np.log(ranks), n_draws)
    positive = values > 0.0
    if beta == 0.0 or positive.all():
        keys = noise.copy()
        if beta:
            keys += beta * np.log(values)
        return best_rows(keys, n_draws)
    first, last = np.flatnonzero(positive), np.flatnonzero(~positive)
    n_first = min(n_draws, first.shape[0])
    keys = beta * np.log(values[first]) + noise[first]
    return np.concatenate(
        [
            first[best_rows(keys, n_first)],
            last[best_rows(noise[last], n_draws - n_first)],
        ]
    )


def best_rows(scores: Any, n_best: int) -> Positions:
    """Return the rows of the highest scores, best first, equal ones by position."""
    if n_best == 0:
        return np.empty(0, np.int64)
    if is_device_array(scores):
        return _device.best_rows(scores, n_best)
    least = np.partition(scores, scores.shape[0] - n_best)[scores.shape[0] - n_best]
    above = np.flatnonzero(scores > least)
    level = np.flatnonzero(scores == least)[: n_best - above.shape[0]]
    above = above[np.argsort(-scores[above], kind="stable")]
    return np.concatenate([above, level])
