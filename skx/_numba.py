# SPDX-License-Identifier: BSD-3-Clause
"""Compilation and threads: the only door to numba."""

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import numba
from joblib import Parallel, delayed, effective_n_jobs

# Pieces of a loop in several threads; with one thread there is one piece. What is
# computed for an item must not depend on its piece.
N_CHUNKS = 64


def kernel(function: Callable | None = None, **options: Any) -> Callable:
    """Compile ``function`` with skx's settings, cached on disk where possible.

    Without a writable cache location ``numba.njit(cache=True)`` raises when the
    decorated module is imported; here the kernel is then compiled anew in every
    process instead. Under ``NUMBA_DISABLE_JIT=1`` the plain function comes back.
    """
    if function is None:
        return partial(kernel, **options)
    settings: dict[str, Any] = {"nogil": True, "error_model": "numpy"} | options
    try:
        return numba.njit(function, cache=True, **settings)
    except RuntimeError as error:
        if "no locator available" not in str(error):
            raise
        return numba.njit(function, **settings)


def for_each_chunk(
    call: Callable[[int, int], None], n_items: int, n_jobs: int | None, *, grain: int
) -> None:
    """Call ``call(start, stop)`` over pieces of ``range(n_items)`` in threads.

    Kernels release the GIL, so plain threads are enough and none of numba's threading
    layers is needed. ``n_jobs`` has scikit-learn's meaning; ``grain`` is the number of
    items below which a piece is not worth a thread.
    """
    n_threads = min(effective_n_jobs(n_jobs), max(1, n_items // grain))
    if n_threads == 1:
        call(0, n_items)
        return
    edges = [n_items * piece // N_CHUNKS for piece in range(N_CHUNKS + 1)]
    Parallel(n_jobs=n_threads, require="sharedmem")(
        delayed(call)(start, stop) for start, stop in pairwise(edges) if start < stop
    )
