# SPDX-License-Identifier: BSD-3-Clause
"""What samplers compute on a device: rows between others or beside them.

Which rows are parents, and by what shares, is drawn on the host as for any table.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from skx._backend import cuda, like, namespace_of
from skx.resampling._cuda import INTERPOLATE, SMOOTH

Rows = NDArray[np.int64]


def has_missing(X: Any) -> bool:
    """Tell whether a device array has missing values (NaN)."""
    xp = namespace_of(X)
    floats = xp.isdtype(X.dtype, ("real floating", "complex floating"))
    return floats and bool(xp.any(xp.isnan(X)))


def float_type(X: Any) -> type[np.floating]:
    """NumPy's type for the floats of a device array."""
    return np.float32 if X.dtype == namespace_of(X).float32 else np.float64


def searches_there(*searches: Any) -> bool:
    """Tell whether neighbours are found on a device: by numbers or by cuML's objects.

    Search objects of other libraries take arrays of the host.
    """
    return all(
        not hasattr(search, "kneighbors")
        or type(search).__module__.partition(".")[0] == "cuml"
        for search in searches
    )


def interpolate(X: Any, parents: Rows, shares: NDArray[np.floating], out: Any) -> None:
    """Write rows between pairs of rows of X to ``out``; all of one type of floats."""
    n_new, n_columns = out.shape
    cuda.launch(
        INTERPOLATE,
        "interpolate_rows",
        n_new * n_columns,
        X,
        np.int64(n_columns),
        like(X, np.ascontiguousarray(parents)),
        like(X, np.ascontiguousarray(shares)),
        np.int64(n_new),
        out,
        real=_real(X),
    )


def smooth(
    X: Any,
    rows: Rows,
    bases: Rows,
    factor: float,
    whole: NDArray[np.bool_],
    draw: tuple[np.uint64, int, int],
    out: Any,
) -> None:
    """Write ``bases`` of X with normal noise to ``out``.

    Its standard deviation is ``factor`` times that of the ``rows``, column by column.
    ``draw``: seed, stream and first number of the draws.
    """
    xp = namespace_of(X)
    n_new, n_columns = out.shape
    present = xp.astype(xp.take(X, like(X, rows), axis=0), xp.float64)
    largest = xp.max(xp.abs(present), axis=0)
    # Scaled, since the square of a large number may be none.
    largest = xp.where(largest > 0, largest, xp.ones_like(largest))
    deviation = largest * xp.std(present / largest, axis=0)
    seed, stream, first = draw
    cuda.launch(
        SMOOTH,
        "smooth_rows",
        n_new * n_columns,
        X,
        np.int64(n_columns),
        like(X, bases),
        np.int64(n_new),
        factor * deviation,
        xp.min(present, axis=0),
        xp.max(present, axis=0),
        like(X, whole),
        np.uint64(seed),
        np.int64(stream),
        np.int64(first),
        out,
        real=_real(X),
    )


def _real(X: Any) -> str:
    return "float" if float_type(X) is np.float32 else "double"
