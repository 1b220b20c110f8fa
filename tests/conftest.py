# SPDX-License-Identifier: BSD-3-Clause
"""Settings and fixtures of the whole suite."""

import os

# SciPy reads this once, when it is first imported; scikit-learn skips its array API
# checks without it. test_common.py asserts that it came in time.
os.environ.setdefault("SCIPY_ARRAY_API", "1")

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

# A first call compiles or loads kernels, which would count against an example.
COMMON = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow],
    "print_blob": True,
}
settings.register_profile("ci", derandomize=True, max_examples=25, **COMMON)
settings.register_profile("nightly", max_examples=500, **COMMON)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what shortens runs beside the one that has all cases."""
    parser.addoption(
        "--cases",
        type=int,
        metavar="N",
        help="run at most N cases of each parametrized test, evenly spaced; but all of "
        "test_common.py, where each is a check of an estimator",
    )


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Leave out cases beyond ``--cases``."""
    most = config.getoption("cases")
    if most is None:
        return
    tests: dict[tuple[str, ...], list[pytest.Item]] = {}
    for item in items:
        name = item.nodeid
        if item.path.name != "test_common.py":
            name = name.split("[")[0]
        # Cases that may be left out for another reason stand in for none that are not.
        marks = sorted(mark.name for mark in item.iter_markers())
        tests.setdefault((name, *marks), []).append(item)
    kept = set()
    for cases in tests.values():
        step = max(1.0, len(cases) / most)
        kept.update(cases[int(k * step)] for k in range(min(most, len(cases))))
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = [item for item in items if item in kept]


def pytest_configure(config: pytest.Config) -> None:
    """Add the filter that pyproject.toml cannot name without importing sklearn."""
    config.addinivalue_line(
        "filterwarnings", "error::sklearn.exceptions.ConvergenceWarning"
    )


Layout = Callable[[np.ndarray], np.ndarray]


def _strided(X: np.ndarray) -> np.ndarray:
    wide = np.full((2 * X.shape[0], 3 * X.shape[1]), 77, X.dtype)
    wide[::2, ::3] = X
    return wide[::2, ::3]


def _reversed(X: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(X[::-1, ::-1])[::-1, ::-1]


def _read_only(X: np.ndarray) -> np.ndarray:
    X = X.copy()
    X.flags.writeable = False
    return X


LAYOUTS: dict[str, Layout] = {
    "C": np.ascontiguousarray,
    "F": np.asfortranarray,
    "strided": _strided,
    "reversed": _reversed,
    "read-only": _read_only,
}


@pytest.fixture(params=[np.float64, np.float32], ids=["float64", "float32"])
def float_dtype(request: pytest.FixtureRequest) -> type[np.floating]:
    """Both blessed float types."""
    return request.param


@pytest.fixture(params=LAYOUTS)
def layout(request: pytest.FixtureRequest) -> Layout:
    """Return a function that lays a 2-D array out anew with equal values."""
    return LAYOUTS[request.param]


@pytest.fixture(scope="session")
def extra_data() -> Path:
    """Folder of the data that have no licence to be shipped; skips without it."""
    folder = os.environ.get("SKX_EXTRA_DATA")
    if not folder:
        pytest.skip("data without an explicit licence: set SKX_EXTRA_DATA")
    path = Path(folder)
    # A wrong folder is an error: a skip would hide it.
    assert path.is_dir(), f"SKX_EXTRA_DATA={folder} is not a folder"
    return path


class Device:
    """Where the tests of device paths put arrays."""

    def __init__(self, xp: Any, place: Any) -> None:
        self.xp = xp
        self._place = place

    def put(self, array: Any) -> Any:
        """Copy an array from the host."""
        return self.xp.asarray(np.asarray(array), device=self._place)

    def get(self, array: Any) -> np.ndarray:
        """Copy an array to the host; fails if it is not on the device."""
        from skx._backend import is_device_array, to_numpy

        assert is_device_array(array), type(array)
        return to_numpy(array)


@pytest.fixture(params=["strict", pytest.param("cuda", marks=pytest.mark.gpu)])
def device(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Device:
    """Return a device: one of array_api_strict, and a GPU where there is one.

    The first refuses what would copy to the host unseen; kernels run as C++.
    """
    from skx._backend import cuda

    if request.param == "cuda":
        status = cuda.device_status()
        if status.startswith("none"):
            pytest.skip("no CUDA device")
        return Device(cuda.namespace(), None)
    import array_api_strict

    from skx.testing import _cuda_on_cpu

    if _cuda_on_cpu.compiler() is None:
        pytest.skip("no C++ compiler for the text of kernels")
    monkeypatch.setattr(cuda, "launch", _cuda_on_cpu.launch)
    return Device(array_api_strict, array_api_strict.Device("device1"))
