# SPDX-License-Identifier: BSD-3-Clause
"""Growing of trees on binned columns."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

NODE = np.dtype(
    [
        ("feature", np.int32),
        ("left", np.int32),
        ("right", np.int32),
        ("set", np.int32),
        ("code", np.int32),
        ("next_code", np.int32),
        ("first", np.int32),
        ("last", np.int32),
        ("threshold", np.float64),
        ("gain", np.float64),
        ("missing_left", np.bool_),
        ("is_categorical", np.bool_),
    ],
    align=True,
)


class Columns(NamedTuple):
    starts: NDArray[np.uint64]
    lowest: NDArray[np.float64]
    highest: NDArray[np.float64]
    is_categorical: NDArray[np.bool_]
    directions: NDArray[np.int64]
    groups: NDArray[np.bool_]


class Limits(NamedTuple):
    max_leaf_nodes: int
    max_depth: int
    min_samples_leaf: int
    n_features: int
    min_child_weight: float
    l2: float
    min_split_gain: float
