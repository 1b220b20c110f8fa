# SPDX-License-Identifier: BSD-3-Clause
"""Labels as users have them."""

from typing import Any

import numpy as np


def keep_missing(y: Any) -> Any:
    """Return a list that holds text as an array of objects, and all else as it is.

    NumPy makes text of NaN in a list of text, which would be one more class.
    """
    if isinstance(y, list | tuple) and any(isinstance(label, str) for label in y):
        return np.array(y, dtype=object)
    return y
