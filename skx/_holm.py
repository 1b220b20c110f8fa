# SPDX-License-Identifier: BSD-3-Clause
"""Several tests at once."""

import numpy as np
from numpy.typing import NDArray


def adjust_by_holm(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return p-values adjusted by Holm for their number, NaN where there is none."""
    adjusted = np.full(len(p_values), np.nan)
    there = np.flatnonzero(np.isfinite(p_values))
    order = there[np.argsort(p_values[there], kind="stable")]
    factors = np.arange(len(order), 0, -1)
    raised = np.maximum.accumulate(factors * p_values[order])
    adjusted[order] = np.minimum(raised, 1.0)
    return adjusted
