# SPDX-License-Identifier: BSD-3-Clause
"""Arrays that live on a CUDA device: recognised by their type, never by a setting.

What computes on a device is written with the functions of the array API standard, on
the namespace that `namespace_of` gives. CuPy is never imported for those who do not use
it. Arrays of array_api_strict on a device of its own count as well: it refuses whatever
would copy to the host unseen, and so the tests need no GPU.
"""

import warnings
from collections.abc import Callable, Iterable, Iterator
from functools import partial, wraps
from typing import Any, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from skx._caller import caller_level

Call = TypeVar("Call", bound=Callable[..., Any])

BLOCK_BYTES = 2**28


def is_device_array(array: Any) -> bool:
    """Tell whether ``array`` lives on a device, without importing CuPy."""
    library = type(array).__module__.partition(".")[0]
    if library == "array_api_strict":
        return hasattr(array, "device") and "CPU_DEVICE" not in str(array.device)
    return library == "cupy" and hasattr(array, "get")


def namespace_of(array: Any) -> Any:
    """Return the array API namespace of a device array."""
    if type(array).__module__.partition(".")[0] == "cupy":
        from skx._backend.cuda import namespace

        return namespace()
    return array.__array_namespace__()


def to_numpy(array: Any) -> NDArray[Any]:
    """Copy a device array to the host; anything else goes through ``np.asarray``."""
    if not is_device_array(array):
        return np.asarray(array)
    if hasattr(array, "get"):
        return array.get()
    xp = namespace_of(array)
    return np.asarray(xp.asarray(array, device=xp.Device("CPU_DEVICE"), copy=True))


def like(reference: Any, array: Any) -> Any:
    """Return ``array`` where ``reference`` lives."""
    if not is_device_array(reference):
        return to_numpy(array) if is_device_array(array) else array
    if is_device_array(array):
        return array
    xp = namespace_of(reference)
    return xp.asarray(np.asarray(array), device=reference.device)


def look_up(values: NDArray[Any], places: Any) -> Any:
    """Return ``values[places]`` where ``places`` live; ``values`` has one dimension."""
    if not is_device_array(places):
        return values[places]
    xp = namespace_of(places)
    found = xp.take(like(places, values), xp.reshape(places, (-1,)))
    return xp.reshape(found, places.shape)


def blocks(n_rows: int, row_bytes: int) -> Iterator[slice]:
    """Yield slices of rows of which what is made on the way takes 256 MB at most."""
    size = max(1, BLOCK_BYTES // max(1, row_bytes))
    for start in range(0, n_rows, size):
        yield slice(start, min(start + size, n_rows))


def in_c_order(array: Any) -> Any:
    """Return a device array with its rows one after the other, as kernels read it."""
    flags = getattr(array, "flags", None)
    if flags is not None and flags.c_contiguous:
        return array
    xp = namespace_of(array)
    # CuPy's copies keep the order of what they copy.
    copied = xp.empty(array.shape, dtype=array.dtype, device=array.device)
    copied[...] = array
    return copied


def to_host(array: Any, owner: str) -> NDArray[Any]:
    """Copy a device array to the host and say what that costs."""
    copied = to_numpy(array)
    _warn(owner, copied.nbytes)
    return copied


def check_device_array(
    array: Any, name: str = "X", *, n_dim: int = 2, finite: bool = True
) -> Any:
    """Return a device array of floats: float32 and float64 as they are.

    Raises
    ------
    ValueError
        If it has another number of dimensions, nothing in it, complex numbers, or,
        with ``finite``, values that are not finite.
    """
    if array.ndim != n_dim:
        raise ValueError(
            f"Expected {n_dim}D array, got {array.ndim}D array instead: {name} has "
            f"shape {tuple(array.shape)}."
        )
    if 0 in array.shape:
        raise ValueError(f"{name} is empty: it has shape {tuple(array.shape)}.")
    xp = namespace_of(array)
    if xp.isdtype(array.dtype, "complex floating"):
        raise ValueError(f"Complex data not supported: {name} is {array.dtype}.")
    if array.dtype not in (xp.float32, xp.float64):
        array = xp.astype(array, xp.float64)
    if finite and not bool(xp.all(xp.isfinite(array))):
        what = "NaN" if bool(xp.any(xp.isnan(array))) else "infinity"
        raise ValueError(f"Input {name} contains {what}.")
    return array


@overload
def on_host(function: Call) -> Call: ...
@overload
def on_host(*, positions: bool) -> Callable[[Call], Call]: ...
def on_host(function: Any = None, *, positions: bool = False) -> Any:
    """Let a function take device arrays, which are copied to the host with a warning.

    Arrays of numbers that it returns are copied to where its first argument lives; with
    ``positions``, whole numbers among them are positions of rows and stay NumPy's.
    """
    if function is None:
        return partial(on_host, positions=positions)

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if not any_on_device(args, kwargs):
            return function(*args, **kwargs)
        owner = function.__qualname__.removesuffix(".__init__")
        return call_on_host(function, owner, args, kwargs, positions=positions)

    return call


def any_on_device(args: Iterable[Any], kwargs: dict[str, Any]) -> bool:
    """Tell whether one of the arguments of a call lives on a device."""
    return any(map(is_device_array, args)) or any(map(is_device_array, kwargs.values()))


def call_on_host(
    call: Callable[..., Any],
    owner: str,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    *,
    positions: bool = False,
) -> Any:
    """Call with arguments copied to the host, and say so; see `on_host`."""
    n_bytes = 0

    def copied(value: Any) -> Any:
        nonlocal n_bytes
        if not is_device_array(value):
            return value
        array = to_numpy(value)
        n_bytes += array.nbytes
        return array

    here = [copied(value) for value in args]
    named = {name: copied(value) for name, value in kwargs.items()}
    _warn(owner, n_bytes)
    reference = args[0] if args else next(iter(kwargs.values()))
    kinds = "fb" if positions else "fiub"
    return _given_back(reference, call(*here, **named), kinds)


def _given_back(reference: Any, result: Any, kinds: str) -> Any:
    if isinstance(result, tuple) and type(result) is tuple:
        return tuple(_given_back(reference, part, kinds) for part in result)
    if isinstance(result, np.ndarray) and result.dtype.kind in kinds:
        return like(reference, result)
    return result


def _warn(owner: str, n_bytes: int) -> None:
    warnings.warn(
        f"{owner} computes on the host: {n_bytes / 2**20:.1f} MiB are copied from "
        "the CUDA device and the result is copied back.",
        UserWarning,
        stacklevel=caller_level(),
    )
