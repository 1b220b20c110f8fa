# SPDX-License-Identifier: BSD-3-Clause
"""Rates of the cells of noisy tables, shrunken as far as their numbers deserve."""

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from skx.proportions._tables import AggregateTables, Key, TableNoise, variance_of_excess

Array = NDArray[np.float64]
# Range of the logarithm of the variance of effects on the log odds.
SEARCHED = (-16.0, 5.0)


def cell_rates(tables: AggregateTables, keys: list[Key]) -> dict[Key, Array]:
    """Return shrunken rates of the cells of the tables, and what they shrink to.

    Single keys shrink to the overall rate; a pair to what the rates of its two keys
    say, added on the scale of log odds.
    """
    overall = tables.prevalence
    least = 0.5 / (tables.n_rows + 1.0)
    rates: dict[Key, Array] = {}
    for j in range(len(tables.columns)):
        prior = np.full(tables.counts[(j,)].shape, overall)
        rates[(j,)] = _shrink(tables, (j,), prior, least)
    for key in keys:
        if len(key) == 2:
            prior = additive_rates(overall, rates[key[:1]][:, None], rates[key[1:]])
            rates[key] = _shrink(tables, key, prior, least)
    return rates


def additive_rates(overall: float, first: Array, second: Array) -> Array:
    """Rates whose deviations from the overall one add up on the log odds."""
    return special.expit(
        special.logit(first) + special.logit(second) - special.logit(overall)
    )


def _shrink(tables: AggregateTables, key: Key, prior: Array, least: float) -> Array:
    shrunken, _ = shrink_rates(
        tables.counts[key], tables.positives[key], prior, tables.noise
    )
    return shrunken.clip(least, 1.0 - least)


def shrink_rates(
    count: Array, positives: Array, prior: Array, noise: TableNoise
) -> tuple[Array, float]:
    """Return the best linear prediction of the rates, and the variance of effects.

    A cell's log odds deviate from those of ``prior`` m by an effect of variance t, so
    its rate by one of variance t m^2 (1 - m)^2. The excess e = positives - m count then
    has the variance t (m (1 - m) n)^2 + b with b = n m (1 - m) + (noise of e); t is the
    one of the greatest normal likelihood of all excesses. Cells not given keep m.
    """
    given = ~np.isnan(count)
    spread = prior * (1.0 - prior)
    size = np.where(given, count, 0.0).clip(0.0, None)
    excess = np.where(given, positives - prior * count, 0.0)
    base = size * spread + variance_of_excess(noise, prior)
    signal = size * spread
    use = given & (base > 0.0)
    if not use.any():
        return prior.copy(), 0.0
    s2, b, e2 = signal[use] ** 2, base[use], excess[use] ** 2

    def loss(log_t: float) -> float:
        total = np.exp(log_t) * s2 + b
        return float(np.sum(np.log(total) + e2 / total))

    found = optimize.minimize_scalar(loss, bounds=SEARCHED, method="bounded")
    # The likelihood may be highest at no effects at all.
    t = 0.0 if float(np.sum(np.log(b) + e2 / b)) <= found.fun else np.exp(found.x)
    with np.errstate(divide="ignore", invalid="ignore"):
        step = t * spread * signal * excess / (t * signal**2 + base)
    return prior + np.where(use, step, 0.0), float(t)
