# SPDX-License-Identifier: BSD-3-Clause
"""Arrays on a device: what counts as one, how they move, and text of kernels."""

import re
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.utils.metaestimators import available_if

from skx import _backend
from skx._backend import cuda
from skx._base.estimator import SkxEstimator
from skx._random import random_below, random_bits, random_uniform
from skx.testing import _cuda_on_cpu


def test_device_arrays_are_known_by_their_type(device: Any) -> None:
    assert _backend.is_device_array(device.put(np.zeros(3)))
    for array in (np.zeros(3), [0.0], pd.DataFrame({"a": [1]}), None):
        assert not _backend.is_device_array(array)


def test_a_module_that_only_begins_like_cupy_is_none() -> None:
    other = type("ndarray", (), {"__module__": "cupyx_like.core"})()
    assert not _backend.is_device_array(other)


def test_to_numpy_copies_from_the_device(device: Any) -> None:
    values = np.arange(3.0)
    np.testing.assert_array_equal(_backend.to_numpy(device.put(values)), values)
    assert _backend.to_numpy(values) is values
    assert _backend.to_numpy([1, 2]).tolist() == [1, 2]


def test_like_moves_to_where_the_reference_is(device: Any) -> None:
    values = np.arange(3.0)
    there = device.put(values)
    assert _backend.like(values, values) is values
    np.testing.assert_array_equal(_backend.like(values, there), values)
    assert _backend.like(there, there) is there
    np.testing.assert_array_equal(device.get(_backend.like(there, values)), values)


def test_rows_are_put_in_order_for_kernels(device: Any) -> None:
    values = np.arange(12.0).reshape(3, 4)
    there = device.put(values)
    some = there[::2, 1:], values[::2, 1:]
    for array, expected in ((there, values), (there.T, values.T), some):
        out = device.put(np.zeros(expected.shape))
        found = _backend.in_c_order(array)
        size = expected.size
        cuda.launch(SQUARE, "square", size, found, np.int64(size), out)
        np.testing.assert_array_equal(device.get(out), expected**2)


def test_to_host_names_the_cost(device: Any) -> None:
    array = device.put(np.zeros((1024, 384)))
    message = re.escape("SMOTE computes on the host: 3.0 MiB are copied from the CUDA")
    with pytest.warns(UserWarning, match=message):
        assert _backend.to_host(array, "SMOTE").shape == (1024, 384)


def test_numpy_users_hear_nothing_of_devices() -> None:
    was_there = "cupy" in sys.modules
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _backend.like(np.zeros(2), _backend.to_numpy(np.zeros(2)))
        assert ("cupy" in sys.modules) == was_there


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.zeros(3), "Expected 2D array, got 1D array instead: X has shape"),
        (np.zeros((0, 3)), r"X is empty: it has shape \(0, 3\)"),
        (np.zeros((2, 2), complex), "Complex data not supported: X is"),
        (np.array([[1.0, np.nan]]), "Input X contains NaN"),
        (np.array([[1.0, -np.inf]]), "Input X contains infinity"),
    ],
)
def test_bad_device_arrays_are_refused(
    device: Any, values: np.ndarray, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        _backend.check_device_array(device.put(values))


def test_values_that_are_not_finite_pass_where_asked(device: Any) -> None:
    given = device.put(np.array([[1.0, np.nan, np.inf]]))
    assert _backend.check_device_array(given, finite=False) is given
    with pytest.raises(ValueError, match="Expected 2D array, got 1D array"):
        _backend.check_device_array(given[0, :], finite=False)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "uint8"])
def test_good_device_arrays_are_read_as_floats(device: Any, dtype: str) -> None:
    given = device.put(np.arange(6).reshape(3, 2).astype(dtype))
    read = _backend.check_device_array(given)
    assert (read is given) == dtype.startswith("float")
    expected = dtype if dtype.startswith("float") else "float64"
    np.testing.assert_array_equal(
        device.get(read), np.arange(6).reshape(3, 2).astype(expected), strict=True
    )


def test_functions_on_the_host_give_back_what_they_were_given(device: Any) -> None:
    @_backend.on_host
    def divide(X: np.ndarray, *, by: np.ndarray) -> tuple[Any, ...]:
        assert type(X) is type(by) is np.ndarray
        return X / by, "text", np.array(["a"]), 3

    X, by = np.arange(4.0), np.arange(1.0, 5.0)
    assert divide(X, by=by)[0] is not None
    with pytest.warns(
        UserWarning, match="divide computes on the host: 0.0 MiB"
    ) as told:
        found = divide(device.put(X), by=device.put(by))
    assert told[0].filename == __file__
    np.testing.assert_array_equal(device.get(found[0]), X / by)
    assert found[1:] == ("text", np.array(["a"]), 3)
    with pytest.warns(UserWarning, match="divide computes on the host"):
        there = divide(X, by=device.put(by))
    assert type(there[0]) is np.ndarray  # where its first argument is


def test_positions_that_functions_return_stay_on_the_host(device: Any) -> None:
    class Search:
        @_backend.on_host(positions=True)
        def __init__(self, X: np.ndarray) -> None:
            assert type(X) is np.ndarray

    @_backend.on_host(positions=True)
    def best(X: np.ndarray) -> tuple[Any, ...]:
        assert type(X) is np.ndarray
        return np.argsort(-X), -np.sort(-X)

    X = np.array([1.0, 3.0, 2.0])
    with pytest.warns(UserWarning, match="best computes on the host"):
        rows, values = best(device.put(X))
    np.testing.assert_array_equal(rows, [1, 2, 0], strict=True)
    np.testing.assert_array_equal(device.get(values), [3.0, 2.0, 1.0])
    with pytest.warns(UserWarning, match="Search computes on the host"):
        Search(device.put(X))


class Halves(SkxEstimator):
    """Runs on the host but for `transform`."""

    _return_positions = ("query",)

    def fit(self, X: Any, y: Any = None) -> "Halves":
        assert type(X) is np.ndarray
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X: Any) -> Any:
        return X * 0.5

    def predict(self, X: Any) -> np.ndarray:
        assert type(X) is np.ndarray
        return X[:, 0]

    @available_if(lambda self: hasattr(self, "n_features_in_"))
    def decision_function(self, X: Any) -> np.ndarray:
        assert type(X) is np.ndarray
        return -X[:, 0]

    def query(self, X: Any) -> tuple[np.ndarray, np.ndarray]:
        assert type(X) is np.ndarray
        return np.arange(len(X)), X[:, 0]

    def _runs_on_device(self, method: str) -> bool:
        return method == "transform"


def test_methods_without_a_device_path_say_so(device: Any) -> None:
    X = np.arange(6.0).reshape(3, 2)
    message = "Halves computes on the host: 0.0 MiB are copied from the CUDA device"
    model = Halves()
    assert not hasattr(model, "decision_function")
    with pytest.warns(UserWarning, match=message) as told:
        assert model.fit(device.put(X)) is model
    assert told[0].filename == __file__
    with pytest.warns(UserWarning, match=message):
        found = model.predict(device.put(X))
    np.testing.assert_array_equal(device.get(found), X[:, 0])
    with pytest.warns(UserWarning, match=message):
        found = model.decision_function(device.put(X))
    np.testing.assert_array_equal(device.get(found), -X[:, 0])
    with pytest.warns(UserWarning, match=message):
        rows, values = model.query(device.put(X))
    np.testing.assert_array_equal(rows, np.arange(3), strict=True)
    np.testing.assert_array_equal(device.get(values), X[:, 0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(device.get(model.transform(device.put(X))), X / 2)
        np.testing.assert_array_equal(model.predict(X), X[:, 0])


def test_cupy_has_every_function_that_device_code_calls() -> None:
    pytest.importorskip("cupy", reason="CuPy is not installed")
    found = cuda.namespace()
    root = Path(_backend.__file__).parents[1]
    texts = [path.read_text(encoding="utf-8") for path in root.rglob("*.py")]
    called = {
        name
        for text in texts
        if "namespace_of" in text
        for pair in re.findall(r"\bxp\.([a-z_0-9]+)|namespace_of\(\w+\)\.(\w+)", text)
        for name in pair
        if name
    }
    assert len(called) > 40
    assert {name for name in called if not hasattr(found, name)} == set()


# Text of kernels

DRAW = (
    cuda.RANDOM
    + """
extern "C" __global__ void draw(
    const bits64 seed, const long long stream, const long long n,
    bits64* bits, double* uniform, long long* below
) {
    const long long step = (long long)gridDim.x * blockDim.x;
    for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
         i < n; i += step) {
        bits[i] = random_bits(seed, stream, i, 7);
        uniform[i] = random_uniform(seed, stream, i, 7);
        below[i] = random_below(seed, stream, i, 7, 1000003);
    }
}
"""
)


def test_random_numbers_are_those_of_the_host(device: Any) -> None:
    n, seed, stream = 1000, np.uint64(2**63 + 12345), np.int64(2**40)
    there = [device.put(np.zeros(n, t)) for t in (np.uint64, np.float64, np.int64)]
    cuda.launch(DRAW, "draw", n, seed, stream, np.int64(n), *there)
    with np.errstate(over="ignore"):
        expected = [
            [random_bits(seed, stream, i, 7) for i in range(n)],
            [random_uniform(seed, stream, i, 7) for i in range(n)],
            [random_below(seed, stream, i, 7, 1000003) for i in range(n)],
        ]
    for found, values in zip(there, expected, strict=True):
        np.testing.assert_array_equal(device.get(found), values)


SQUARE = """
extern "C" __global__ void square(const REAL* x, const long long n, REAL* out) {
    const long long step = (long long)gridDim.x * blockDim.x;
    for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
         i < n; i += step)
        out[i] = x[i] * x[i];
}
"""


@pytest.mark.parametrize(
    ("dtype", "real"), [("float32", "float"), ("float64", "double")]
)
def test_text_of_kernels_knows_both_floats(device: Any, dtype: str, real: str) -> None:
    x = np.linspace(0.1, 2.0, 77, dtype=dtype)
    out = device.put(np.zeros_like(x))
    cuda.launch(SQUARE, "square", 77, device.put(x), np.int64(77), out, real=real)
    np.testing.assert_array_equal(device.get(out), x * x)
    cuda.launch(SQUARE, "square", 0, device.put(x), np.int64(0), out, real=real)


def test_the_stand_in_refuses_what_a_kernel_would_read_wrongly() -> None:
    if _cuda_on_cpu.compiler() is None:
        pytest.skip("no C++ compiler for the text of kernels")
    x = np.zeros((4, 4))
    with pytest.raises(TypeError, match="7 is neither an array nor a NumPy scalar"):
        _cuda_on_cpu.launch(SQUARE, "square", 7, x, 7, x)
    with pytest.raises(ValueError, match="is not in C order"):
        _cuda_on_cpu.launch(SQUARE, "square", 7, x[:, 1:], np.int64(7), x)
    with pytest.raises(ValueError, match="does not know 'INFINITY' without headers"):
        _cuda_on_cpu.launch("double x = INFINITY;", "square", 7, x)
    with pytest.raises(RuntimeError, match="The text of a kernel is not C"):
        _cuda_on_cpu.launch("no kernel", "square", 7, x)
