# SPDX-License-Identifier: BSD-3-Clause
"""Arrays that live on a CUDA device: recognised by their type, never by a setting."""

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray


def is_device_array(array: Any) -> bool:
    """Tell whether ``array`` is a CuPy array, without importing CuPy."""
    return type(array).__module__.partition(".")[0] == "cupy"


def to_numpy(array: Any) -> NDArray[Any]:
    """Copy a CuPy array to the host; anything else goes through ``np.asarray``."""
    return array.get() if is_device_array(array) else np.asarray(array)


def to_host(array: Any, owner: str) -> NDArray[Any]:
    """Copy a CuPy array to the host and say what that costs."""
    warnings.warn(
        f"{owner} computes on the host: {array.nbytes / 2**20:.1f} MiB are copied from "
        "the CUDA device and the result is copied back.",
        UserWarning,
        stacklevel=4,
    )
    return to_numpy(array)


def like(reference: Any, array: NDArray[Any]) -> Any:
    """Move ``array`` to where ``reference`` lives."""
    if not is_device_array(reference):
        return array
    import cupy

    return cupy.asarray(array)
