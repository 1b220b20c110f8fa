# SPDX-License-Identifier: BSD-3-Clause
"""The shared neighbour search against scikit-learn's automatic choice of one."""

from functools import partial
from typing import Any

import numpy as np

from benchmarks._case import Case, Peer
from benchmarks._device import device_case

N_NEIGHBORS = 5


def _make(n: int, d: int, clusters: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    centres = 4.0 * rng.normal(size=(clusters, d))
    return centres[rng.integers(clusters, size=n)] + rng.normal(size=(n, d))


def _skx(X: np.ndarray) -> np.ndarray:
    from skx._neighbors import nearest_rows

    return nearest_rows(X, N_NEIGHBORS)


def _sklearn(X: np.ndarray) -> np.ndarray:
    from sklearn.neighbors import NearestNeighbors

    search = NearestNeighbors(n_neighbors=N_NEIGHBORS + 1).fit(X)
    return search.kneighbors(X, return_distance=False)[:, 1:]


def _check_equal(skx: Any, peer: Any) -> None:
    np.testing.assert_array_equal(skx, peer)  # these data have no ties


def _search(**params: Any) -> Case:
    return Case(
        task=f"{N_NEIGHBORS} nearest of every row",
        params=params,
        make=partial(_make, **params),
        skx=_skx,
        peer=Peer(name="scikit-learn", run=_sklearn, requires=("scikit-learn",)),
        check=_check_equal,
    )


def cases(scale: str) -> list[Case]:
    """Return clustered and unclustered data (one cluster), few and many columns."""
    found = [
        _search(n=10_000, d=d, clusters=clusters)
        for clusters in (5, 1)
        for d in (3, 10, 20, 30, 100)
    ]
    if scale != "S":
        found.append(_search(n=100_000, d=10, clusters=5))
    return found


def _make_one(**params: int) -> tuple[np.ndarray]:
    return (_make(**params),)


def device_cases(scale: str) -> list[Case]:
    """Return few and many columns, and numbers of rows."""
    sizes = [10_000, 30_000] if scale == "S" else [10_000, 30_000, 100_000]
    task = f"{N_NEIGHBORS} nearest of every row"
    return [
        device_case(task, _make_one, _skx, _check_equal, n=n, d=d, clusters=5)
        for d in (3, 10, 30, 100)
        for n in sizes
    ]
