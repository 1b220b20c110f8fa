# SPDX-License-Identifier: BSD-3-Clause
"""How much noise a guarantee of differential privacy asks for."""

import math

from scipy import optimize, special


def laplace_scale(epsilon: float, sensitivity: float) -> float:
    """Scale of Laplace noise for ``epsilon``, from the L1 sensitivity."""
    return sensitivity / epsilon


def gaussian_sd(epsilon: float, delta: float, sensitivity: float) -> float:
    """Least deviation of Gaussian noise for (epsilon, delta), from the L2 sensitivity.

    Solves delta(sd) = Phi(s/(2 sd) - epsilon sd/s) - exp(epsilon) Phi(-s/(2 sd) -
    epsilon sd/s) = delta, which decreases in sd, and holds for any epsilon > 0.
    """

    def log_delta(log_sd: float) -> float:
        ratio = math.exp(log_sd)  # sd / sensitivity
        plus = special.log_ndtr(0.5 / ratio - epsilon * ratio)
        minus = epsilon + special.log_ndtr(-0.5 / ratio - epsilon * ratio)
        gap = minus - plus
        if gap >= 0.0:  # both terms round to the same number
            return -math.inf
        return plus + math.log1p(-math.exp(gap))

    target = math.log(delta)
    low, high = -1.0, 1.0
    while log_delta(low) < target:
        low -= 1.0
    while log_delta(high) > target:
        high += 1.0

    def excess(log_sd: float) -> float:
        return max(log_delta(log_sd), -1e300) - target

    return sensitivity * math.exp(optimize.brentq(excess, low, high, xtol=1e-13))
