# SPDX-License-Identifier: BSD-3-Clause
"""The only door to CuPy, which is imported when a function here first needs it."""

from functools import cache
from importlib import import_module
from typing import Any

from skx._optional import install_command

# Threads of a block. Kernels step through their items by the size of the grid.
N_THREADS = 256
MOST_BLOCKS = 65_535

# The twin of `skx._random`, to be put before the text of a kernel that draws.
RANDOM = """
typedef unsigned long long bits64;

__device__ bits64 mix(bits64 bits) {
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9ull;
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBull;
    return bits ^ (bits >> 31);
}

__device__ bits64 random_bits(
    bits64 seed, long long stream, long long index, long long draw
) {
    const bits64 golden = 0x9E3779B97F4A7C15ull;
    bits64 bits = mix(seed + golden * (bits64)(stream + 1));
    bits = mix(bits + golden * (bits64)(index + 1));
    return mix(bits + golden * (bits64)(draw + 1));
}

__device__ double random_uniform(
    bits64 seed, long long stream, long long index, long long draw
) {
    const double unit = 1.1102230246251565e-16;  // 2 to the power of -53
    return (double)(random_bits(seed, stream, index, draw) >> 11) * unit;
}

__device__ long long random_below(
    bits64 seed, long long stream, long long index, long long draw, long long bound
) {
    return (long long)(random_uniform(seed, stream, index, draw) * (double)bound);
}
"""


def namespace() -> Any:
    """Return CuPy under the names of the array API standard."""
    return import_module("sklearn.externals.array_api_compat.cupy")


def launch(
    source: str, name: str, n_items: int, *arguments: Any, real: str = "double"
) -> None:
    """Run the kernel ``name`` of a CUDA source on ``n_items`` items.

    The text writes ``REAL`` for the type ``real`` of floats, steps through its items by
    the size of the grid, tests its bounds, and uses no shared memory, barrier or warp:
    such text is plain C++ for the tests. Arrays are CuPy's, in C order; scalars are
    NumPy's, of the type that the kernel expects.
    """
    for array in arguments:
        if hasattr(array, "flags") and not array.flags.c_contiguous:
            raise ValueError(f"An array of shape {array.shape} is not in C order.")
    kernel = _compiled(source, name, real)
    n_blocks = min(MOST_BLOCKS, -(-n_items // N_THREADS))
    if n_blocks:
        kernel((n_blocks,), (N_THREADS,), arguments)


@cache
def _compiled(source: str, name: str, real: str) -> Any:
    import cupy

    # Products and sums are rounded one by one, as they are on the host.
    options = (f"-DREAL={real}", "--fmad=false")
    return cupy.RawKernel(source, name, options=options)


def wait() -> None:
    """Return when the device has done all that it was told to."""
    import cupy

    cupy.cuda.Device().synchronize()


def device_status() -> str:
    """Describe the CUDA devices that CuPy can use, or why there are none."""
    try:
        import cupy
    except ModuleNotFoundError as error:
        if error.name != "cupy":
            return f"none (CuPy cannot be imported: {error})"
        return f"none (CuPy is not installed; run {install_command('cupy')})"
    except ImportError as error:
        return f"none (CuPy cannot be imported: {error})"
    # cupy.cuda.is_available() asks the same question but drops the reason.
    runtime = cupy.cuda.runtime
    try:
        devices = [
            runtime.getDeviceProperties(device)
            for device in range(runtime.getDeviceCount())
        ]
    except runtime.CUDARuntimeError as error:
        return f"none (CuPy {cupy.__version__} finds no usable CUDA device: {error})"
    if not devices:
        return f"none (CuPy {cupy.__version__} finds no CUDA device)"
    return "; ".join(
        f"{device['name'].decode()}, {device['totalGlobalMem'] / 2**30:.0f} GiB"
        for device in devices
    )
