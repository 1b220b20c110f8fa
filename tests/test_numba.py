# SPDX-License-Identifier: BSD-3-Clause
"""The kernel decorator and the loop over chunks."""

import builtins
import os
import subprocess
import sys
import threading
from types import SimpleNamespace

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from skx._numba import (
    N_CHUNKS,
    _blas,
    _Notice,
    blas_held_to_one,
    for_each_chunk,
    kernel,
    map_pieces,
)


def half(x):
    return 1.0 / x


@pytest.fixture
def njit_calls(monkeypatch: pytest.MonkeyPatch) -> list[dict]:
    """Record the options of ``njit``; caching fails as on a read-only machine."""
    calls: list[dict] = []

    def njit(function, **options):
        calls.append(options)
        if options.get("cache"):
            raise RuntimeError("cannot cache function 'half': no locator available")
        return function

    monkeypatch.setattr(numba, "njit", njit)
    return calls


def test_kernel_caches_and_releases_the_gil(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    monkeypatch.setattr(numba, "njit", lambda f, **options: calls.append(options) or f)
    assert kernel(half) is half
    assert calls == [{"cache": True, "nogil": True, "error_model": "numpy"}]


def test_kernel_works_bare_and_with_options(njit_calls: list[dict]) -> None:
    assert kernel(half) is half
    assert kernel(fastmath={"contract"}, nogil=False)(half) is half
    settings = {"nogil": True, "error_model": "numpy"}
    forwarded = settings | {"fastmath": {"contract"}, "nogil": False}
    assert njit_calls == [
        settings | {"cache": True},
        settings,
        forwarded | {"cache": True},
        forwarded,
    ]


def test_kernel_lets_other_errors_through(monkeypatch: pytest.MonkeyPatch) -> None:
    def njit(function, **options):
        raise RuntimeError("something else")

    monkeypatch.setattr(numba, "njit", njit)
    with pytest.raises(RuntimeError, match="something else"):
        kernel(half)


def test_kernel_divides_as_numpy_does(monkeypatch: pytest.MonkeyPatch) -> None:
    if numba.config.DISABLE_JIT:
        assert kernel(half) is half
        return
    monkeypatch.setattr("numba.core.caching.CacheImpl._locator_classes", [])
    assert kernel(half)(0.0) == np.inf


def collect(n_items: int, n_jobs: int | None, grain: int) -> list[tuple[int, int]]:
    pieces: list[tuple[int, int]] = []
    for_each_chunk(
        lambda start, stop: pieces.append((start, stop)), n_items, n_jobs, grain=grain
    )
    return pieces


@given(
    st.integers(0, 500), st.sampled_from([None, 1, 2, 3, -1, -2]), st.integers(1, 50)
)
def test_chunks_cover_every_index_once(
    n_items: int, n_jobs: int | None, grain: int
) -> None:
    pieces = collect(n_items, n_jobs, grain)
    indices = [i for start, stop in sorted(pieces) for i in range(start, stop)]
    assert indices == list(range(n_items))
    assert 1 <= len(pieces) <= N_CHUNKS


def test_chunks_do_not_depend_on_the_number_of_threads() -> None:
    assert sorted(collect(1000, 2, 1)) == sorted(collect(1000, 7, 1))
    assert len(collect(1000, 2, 1)) == N_CHUNKS


def test_small_loops_stay_in_the_calling_thread() -> None:
    caller = threading.get_ident()
    seen = []
    for n_items, n_jobs in [(0, 4), (99, 4), (199, 4), (10_000, 1), (10_000, None)]:
        for_each_chunk(
            lambda start, stop: seen.append((threading.get_ident(), start, stop)),
            n_items,
            n_jobs,
            grain=100,
        )
        assert seen.pop() == (caller, 0, n_items)
        assert seen == []


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_exceptions_come_back_to_the_caller(n_jobs: int) -> None:
    def fail(start: int, stop: int) -> None:
        if stop == 100:
            raise KeyError("last piece")

    with pytest.raises(KeyError, match="last piece"):
        for_each_chunk(fail, 100, n_jobs, grain=1)


@pytest.mark.parametrize("grain", [1, 1000])
def test_zero_jobs_are_refused(grain: int) -> None:
    with pytest.raises(ValueError, match="n_jobs == 0"):
        collect(10, 0, grain)


def blas_threads() -> set[int]:
    return {library["num_threads"] for library in _blas().info()}


@pytest.mark.parametrize("n_threads", [1, 2])
def test_pieces_come_back_in_order(n_threads: int) -> None:
    pieces = [slice(first, first + 2) for first in range(0, 20, 2)]
    with threadpool_limits(n_threads, user_api="blas"):
        found = map_pieces(lambda piece: (piece.start, blas_threads()), pieces)
    assert found == [(piece.start, {1}) for piece in pieces]


@pytest.mark.parametrize("bad", [0, 7, 39])
def test_an_error_in_a_piece_is_raised(bad: int) -> None:
    def call(piece: slice) -> int:
        if piece.start == bad:
            raise RuntimeError(f"piece {bad}")
        return piece.start

    with pytest.raises(RuntimeError, match=f"piece {bad}"):
        map_pieces(call, [slice(i, i + 1) for i in range(40)])


def test_one_piece_is_read_in_this_thread() -> None:
    found = map_pieces(lambda piece: threading.get_ident(), [slice(0, 9)])
    assert found == [threading.get_ident()]


def test_blas_is_let_go_after_the_last_holder() -> None:
    with threadpool_limits(2, user_api="blas"):
        first, second = blas_held_to_one(), blas_held_to_one()
        assert (first.__enter__(), second.__enter__()) == (2, 2)
        first.__exit__(None, None, None)
        assert blas_threads() == {1}
        second.__exit__(None, None, None)
        assert blas_threads() == {2}
        with pytest.raises(ZeroDivisionError), blas_held_to_one():
            _ = 1 / 0
        assert blas_threads() == {2}


MAIN = SimpleNamespace(name="MainProcess")


def _compiled(module: str | None) -> SimpleNamespace:
    function = SimpleNamespace(__module__=module)
    return SimpleNamespace(data={"dispatcher": SimpleNamespace(py_func=function)})


@pytest.mark.parametrize("place", ["terminal", "notebook", "file"])
def test_a_user_who_waits_is_told_once_that_kernels_compile(
    place: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: place == "terminal")
    if place == "notebook":
        monkeypatch.setattr(builtins, "__IPYTHON__", True, raising=False)
    monkeypatch.setattr("skx._numba.current_process", lambda: MAIN)
    notice = _Notice()
    notice.on_start(_compiled("sklearn.kernels"))
    assert capsys.readouterr().err == ""
    for _ in range(2):
        notice.on_start(_compiled("skx.rules._kernels"))
    told = capsys.readouterr().err
    assert told.count("skx compiles kernels") == (place != "file")


@pytest.mark.parametrize(
    "data",
    [None, {}, {"dispatcher": object()}, _compiled(None).data],
    ids=["none", "empty", "no function", "no module"],
)
def test_compilations_of_others_are_left_alone(
    data: dict | None, capsys: pytest.CaptureFixture
) -> None:
    notice = _Notice()
    notice.on_start(SimpleNamespace(data=data))
    assert not notice.told
    assert capsys.readouterr().err == ""


def test_code_without_a_module_compiles() -> None:
    namespace: dict = {"__builtins__": builtins}
    exec("def plus_one(x):\n    return x + 1", namespace)
    assert namespace["plus_one"].__module__ is None
    assert numba.njit(namespace["plus_one"])(1) == 2  # noqa: TID251


def test_kernels_compile_where_there_is_no_stderr(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    notice = _Notice()
    notice.on_start(_compiled("skx.rules._kernels"))
    assert notice.told


def test_a_worker_process_compiles_without_a_word(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    worker = SimpleNamespace(name="LokyProcess-1")
    monkeypatch.setattr("skx._numba.current_process", lambda: worker)
    _Notice().on_start(_compiled("skx.rules._kernels"))
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="nothing is compiled")
def test_only_kernels_that_are_not_in_the_cache_are_announced(tmp_path) -> None:
    code = (
        "import builtins; builtins.__IPYTHON__ = True\n"
        "import numpy as np\n"
        "from skx._random import random_bits\n"
        "random_bits(np.uint64(1), 0, 0, 0)\n"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        ).stderr
        for _ in range(2)
    ]
    assert [run.count("skx compiles kernels") for run in runs] == [1, 0]
