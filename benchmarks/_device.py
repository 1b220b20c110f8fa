# SPDX-License-Identifier: BSD-3-Clause
"""Cases of ``--device cuda``: the same call with arrays on the GPU and on the host."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from benchmarks._case import Case, Peer


class Both(NamedTuple):
    """The arrays of a case, on either side."""

    there: tuple[Any, ...]
    here: tuple[Any, ...]


def put(array: Any) -> Any:
    """Copy an array of numbers to the GPU; anything else stays."""
    from skx._backend.cuda import namespace

    if isinstance(array, np.ndarray) and array.dtype.kind in "fiub":
        return namespace().asarray(array)
    return array


def device_case(
    task: str,
    make: Callable[..., tuple[Any, ...]],
    call: Callable[..., Any],
    check: Callable[[Any, Any], None],
    **params: Any,
) -> Case:
    """Time ``call(*make(**params))`` on the GPU against itself on the host.

    Copying the arrays there is not timed; ``check`` gets both results on the host.
    """
    return Case(
        task=f"{task}, CUDA",
        params=params,
        make=partial(_make_both, make, params),
        skx=partial(_call_there, call),
        peer=Peer(name="skx on the host", run=partial(_call_here, call), requires=()),
        check=partial(_check_on_host, check),
    )


def _make_both(make: Callable[..., tuple[Any, ...]], params: dict[str, Any]) -> Both:
    here = make(**params)
    return Both(tuple(map(put, here)), here)


def _call_there(call: Callable[..., Any], data: Both) -> Any:
    from skx._backend.cuda import wait

    result = call(*data.there)
    wait()
    return result


def _call_here(call: Callable[..., Any], data: Both) -> Any:
    return call(*data.here)


def _check_on_host(check: Callable[[Any, Any], None], there: Any, here: Any) -> None:
    from skx._backend import to_numpy

    if isinstance(there, tuple):
        there = tuple(to_numpy(part) for part in there)
    elif hasattr(there, "shape"):
        there = to_numpy(there)
    check(there, here)
