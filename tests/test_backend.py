# SPDX-License-Identifier: BSD-3-Clause
"""Arrays of a device, played by a class that claims to be CuPy's."""

import re
import sys
import warnings
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from skx import _backend


class DeviceArray:
    """An array that refuses implicit conversion, as CuPy's does."""

    def __init__(self, values: np.ndarray) -> None:
        self._values = values

    @property
    def nbytes(self) -> int:
        return self._values.nbytes

    def get(self) -> np.ndarray:
        return self._values.copy()

    def __array__(self, *args: object, **kwargs: object) -> np.ndarray:
        raise TypeError("Implicit conversion to a NumPy array is not allowed.")


DeviceArray.__module__ = "cupy._core.core"


@pytest.fixture
def device_array(monkeypatch: pytest.MonkeyPatch) -> type:
    cupy = ModuleType("cupy")
    cupy.asarray = DeviceArray
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    return DeviceArray


def test_device_arrays_are_known_by_their_type(device_array: type) -> None:
    assert _backend.is_device_array(device_array(np.zeros(3)))
    for array in (np.zeros(3), [0.0], pd.DataFrame({"a": [1]}), None):
        assert not _backend.is_device_array(array)


def test_a_module_that_only_begins_like_cupy_is_none() -> None:
    other = type("ndarray", (), {"__module__": "cupyx_like.core"})()
    assert not _backend.is_device_array(other)


def test_to_numpy_copies_from_the_device(device_array: type) -> None:
    values = np.arange(3.0)
    np.testing.assert_array_equal(_backend.to_numpy(device_array(values)), values)
    assert _backend.to_numpy(values) is values
    assert _backend.to_numpy([1, 2]).tolist() == [1, 2]


def test_like_moves_to_where_the_reference_is(device_array: type) -> None:
    values = np.arange(3.0)
    assert _backend.like(values, values) is values
    moved = _backend.like(device_array(np.zeros(1)), values)
    assert isinstance(moved, device_array)
    np.testing.assert_array_equal(moved.get(), values)


def test_to_host_names_the_cost(device_array: type) -> None:
    array = device_array(np.zeros((1024, 384)))
    message = re.escape("SMOTE computes on the host: 3.0 MiB are copied from the CUDA")
    with pytest.warns(UserWarning, match=message):
        assert _backend.to_host(array, "SMOTE").shape == (1024, 384)


def test_numpy_users_hear_nothing_of_devices() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "cupy" not in sys.modules
        _backend.like(np.zeros(2), _backend.to_numpy(np.zeros(2)))
        assert "cupy" not in sys.modules
