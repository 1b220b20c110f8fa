# SPDX-License-Identifier: BSD-3-Clause
"""Compilation and threads: the only door to numba."""

import builtins
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache, partial
from itertools import pairwise
from multiprocessing import current_process
from threading import Lock
from typing import Any

import numba
from joblib import effective_n_jobs
from numba.core.event import Event, Listener, register
from threadpoolctl import ThreadpoolController

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


class _Notice(Listener):
    """Says once, to who sits in front of it, why a first call takes so long."""

    def __init__(self) -> None:
        self.told = False

    def on_start(self, event: Event) -> None:
        """Hear of a compilation; kernels that are taken from the cache make none."""
        # Every compilation of the process comes by, and must not fail for this: code
        # from exec has no module, and a program without a console no stderr.
        dispatcher = (event.data or {}).get("dispatcher")
        module = getattr(getattr(dispatcher, "py_func", None), "__module__", None)
        if self.told or not str(module).startswith("skx."):
            return
        self.told = True
        if sys.stderr is None:
            return
        # A notebook's stderr is no terminal. Of several processes the first speaks.
        watched = sys.stderr.isatty() or hasattr(builtins, "__IPYTHON__")
        if watched and current_process().name == "MainProcess":
            print(
                "skx compiles kernels for their first use, which can take a minute or "
                "two, and keeps them where it can; `python -m skx warmup` does all.",
                file=sys.stderr,
                flush=True,
            )

    def on_end(self, event: Event) -> None:
        """Say nothing."""


register("numba:compile", _Notice())


def for_each_chunk(
    call: Callable[[int, int], None], n_items: int, n_jobs: int | None, *, grain: int
) -> None:
    """Call ``call(start, stop)`` over pieces of ``range(n_items)`` in threads.

    Kernels release the GIL, so plain threads are enough and none of numba's threading
    layers is needed. ``n_jobs`` has scikit-learn's meaning; ``grain`` is the number of
    items below which a piece is not worth a thread.
    """
    n_threads = n_items // grain
    # For nothing, joblib takes a tenth of a millisecond to count processors; but it
    # refuses 0.
    if n_threads > 1 or n_jobs == 0:
        n_threads = min(effective_n_jobs(n_jobs), n_threads)
    if n_threads <= 1:
        call(0, n_items)
        return
    edges = [n_items * piece // N_CHUNKS for piece in range(N_CHUNKS + 1)]
    pieces = [(start, stop) for start, stop in pairwise(edges) if start < stop]
    _in_threads(lambda piece: call(*piece), pieces, min(len(pieces), n_threads))


def map_pieces(call: Callable[[slice], Any], pieces: Sequence[slice]) -> list[Any]:
    """Return ``call(piece)`` for each piece, in as many threads as the BLAS has.

    For readings of large arrays, which would take those threads if they were products
    of matrices. Meanwhile the BLAS is held to one thread: several of its own meet many
    times in a product, and wait for each other where other processes want the
    processor. A pool costs a quarter of a millisecond, so a piece should take more. The
    pieces must not depend on the number of threads.
    """
    if len(pieces) == 1:
        return [call(pieces[0])]
    with blas_held_to_one() as n_threads:
        if n_threads == 1:
            return [call(piece) for piece in pieces]
        return _in_threads(call, pieces, min(len(pieces), n_threads))


def _in_threads(
    call: Callable[[Any], Any], items: Sequence[Any], n_threads: int
) -> list[Any]:
    """Return ``call(item)`` for each item; threads take the next one when free.

    The calling thread does its share, as starting one takes a while.
    """
    results: list[Any] = [None] * len(items)
    waiting = deque(range(len(items)))

    def work() -> None:
        while waiting:
            try:
                at = waiting.popleft()
            except IndexError:  # another thread has taken the last one
                return
            results[at] = call(items[at])

    with ThreadPoolExecutor(n_threads - 1) as pool:
        others = [pool.submit(work) for _ in range(n_threads - 1)]
        work()
    for other in others:
        other.result()
    return results


class _Held:
    """How often the BLAS is held to one thread, and what lets it go."""

    lock = Lock()
    times = 0
    n_threads = 1
    limiter: Any = None


@contextmanager
def blas_held_to_one() -> Iterator[int]:
    """Yield the number of threads the BLAS had; for the first of many at once."""
    with _Held.lock:
        if not _Held.times:
            blas = _blas()
            threads = [library["num_threads"] for library in blas.info()]
            _Held.n_threads = max(threads, default=1)
            _Held.limiter = blas.limit(limits=1)
        _Held.times += 1
    try:
        yield _Held.n_threads
    finally:
        with _Held.lock:
            _Held.times -= 1
            if not _Held.times:
                _Held.limiter.restore_original_limits()


@cache
def _blas() -> ThreadpoolController:
    return ThreadpoolController().select(user_api="blas")
