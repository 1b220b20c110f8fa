# SPDX-License-Identifier: BSD-3-Clause
"""Nearest neighbours on a device: those of the host, in the same order."""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from skx._backend import cuda
from skx._neighbors import _device, _kernels, nearest_rows, rows_clear_of
from skx._neighbors._cuda import RANK


@pytest.fixture(autouse=True)
def no_copies() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def normal(n: int, d: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, d))


def with_outlier(n: int, d: int) -> np.ndarray:
    X = normal(n, d)
    X[n // 2] = 1e9
    return X


DATA = {
    "normal": normal(300, 5),
    "one column": normal(200, 1),
    "many columns": normal(60, 100),
    "ties": np.random.default_rng(1).integers(0, 3, size=(400, 3)).astype(float),
    "sorted ties": np.sort(np.random.default_rng(1).integers(0, 9, size=(400, 1))) / 7,
    "duplicates": np.repeat(normal(30, 4), 9, axis=0),
    "constant": np.full((60, 3), 0.1),
    "zero": np.zeros((60, 3)),
    "far from the origin": 1e6 + 1e-4 * normal(200, 4),
    "two far clusters": normal(200, 4) + 1e7 * (np.arange(200) % 2)[:, np.newaxis],
    "outlier": with_outlier(200, 4),
    "large": 1e300 * normal(100, 3),
    "small": 1e-305 * normal(100, 3),
    "least": 5e-324 * np.random.default_rng(1).integers(0, 9, size=(100, 3)),
    "columns apart": normal(200, 3) * [1.0, 1e-160, 1e-170],
}


@pytest.mark.parametrize("n_neighbors", [1, 5])
@pytest.mark.parametrize("name", DATA)
def test_rows_are_those_of_the_host(device: Any, name: str, n_neighbors: int) -> None:
    X = DATA[name]
    expected = nearest_rows(X, n_neighbors)
    found = device.get(nearest_rows(device.put(X), n_neighbors))
    np.testing.assert_array_equal(found, expected, strict=True)


@pytest.mark.parametrize("name", ["normal", "ties", "duplicates", "zero"])
def test_blocks_and_halves_of_blocks_change_nothing(
    device: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    X = DATA[name]
    expected = nearest_rows(X, 4)
    monkeypatch.setattr(_device, "MOST_SCORES", 20 * len(X))
    monkeypatch.setattr(_device, "MOST_CLOSE", 100)
    found = nearest_rows(device.put(X), 4)
    np.testing.assert_array_equal(device.get(found), expected)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_some_rows_among_others(device: Any, dtype: str) -> None:
    X = (1e3 + normal(250, 6)).astype(dtype)
    rng = np.random.default_rng(0)
    queries = rng.permutation(250)[:80]
    for among in (np.arange(0, 250, 3), np.sort(rng.permutation(250)[:40])):
        expected = nearest_rows(X, 3, queries=queries, among=among)
        found = nearest_rows(device.put(X), 3, queries=queries, among=among)
        np.testing.assert_array_equal(device.get(found), expected)


@pytest.mark.parametrize("n_rows", range(2, 14))
def test_few_rows(device: Any, n_rows: int) -> None:
    X = np.random.default_rng(n_rows).integers(0, 4, size=(20, 2)).astype(float)
    among = np.arange(5, 5 + n_rows)
    for k in range(1, n_rows):
        expected = nearest_rows(X, k, among=among)
        found = nearest_rows(device.put(X), k, among=among)
        np.testing.assert_array_equal(device.get(found), expected)
    # As many neighbours as rows for those that are none of them.
    apart = {"queries": np.array([0, 19, 3]), "among": among}
    expected = nearest_rows(X, n_rows, **apart)
    found = nearest_rows(device.put(X), n_rows, **apart)
    np.testing.assert_array_equal(device.get(found), expected)


def test_no_rows_are_asked_for(device: Any) -> None:
    nobody = np.empty(0, np.int64)
    found = nearest_rows(device.put(normal(9, 2)), 3, queries=nobody)
    assert device.get(found).shape == (0, 3)


def test_any_order_in_memory(device: Any) -> None:
    X = normal(100, 8)
    found = nearest_rows(device.put(X)[::2, 1::3], 3)
    np.testing.assert_array_equal(device.get(found), nearest_rows(X[::2, 1::3], 3))
    found = nearest_rows(device.put(X.T.copy()).T, 3)
    np.testing.assert_array_equal(device.get(found), nearest_rows(X, 3))


def test_the_bound_on_rounding_holds() -> None:
    # Scores in float64 against exact ones; offsets make the products cancel.
    rng = np.random.default_rng(0)
    for d in (1, 3, 50):
        for scale in (1.0, 1e-6):
            X = rng.normal(size=(60, d)) * scale
            X[:30] += 1.0
            centred = (X - X.mean(axis=0)).astype(np.longdouble)
            exact = np.square(centred[:, None] - centred[None]).sum(axis=2)
            rows = X - X.mean(axis=0)
            squares = np.square(rows).sum(axis=1)
            scores = np.column_stack([rows, np.ones(60)]) @ np.vstack(
                [-2 * rows.T, squares]
            )
            own = np.square(rows.astype(np.longdouble)).sum(axis=1)
            error = np.abs(scores + own[:, np.newaxis] - exact)
            bound = (d + 4) * 2.0**-50 * (squares[:, np.newaxis] + squares)
            assert (error <= bound / 2).all()


def test_distances_are_those_of_the_host_to_the_last_bit(device: Any) -> None:
    X = normal(50, 13) * np.logspace(-9, 3, 13)
    left, right = np.random.default_rng(0).integers(0, 50, size=(2, 200))
    pairs = zip(X[left], X[right], strict=True)
    expected = [_kernels.squared_distance(a, b) for a, b in pairs]
    out = device.put(np.empty(200))
    there = [device.put(array) for array in (X, left, right)]
    cuda.launch(
        RANK,
        "pair_distances",
        200,
        there[0],
        np.int64(13),
        *there[1:],
        np.int64(200),
        out,
    )
    np.testing.assert_array_equal(device.get(out), expected)


def test_a_device_never_tells_who_is_clear(device: Any) -> None:
    X = normal(60, 2)
    rows, others = np.arange(50), np.arange(50, 60)
    assert not rows_clear_of(device.put(X), 3, rows, others).any()
