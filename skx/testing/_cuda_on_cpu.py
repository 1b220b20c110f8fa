# SPDX-License-Identifier: BSD-3-Clause
"""Text of CUDA kernels run on the host, thread by thread, to prove it without a GPU."""

import ctypes
import re
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

# A grid so small that every thread steps on.
N_BLOCKS, N_THREADS = 3, 4
# Fused products are off on both sides, so that results agree to the last bit.
FLAGS = ["-O2", "-std=c++17", "-ffp-contract=off", "-shared", "-fPIC", "-w"]
HEADER = """
#include <cmath>
using namespace std;
#define __global__
#define __device__ static inline
#define __forceinline__
#define __restrict__
struct Place { unsigned int x, y, z; };
static Place blockIdx, threadIdx, blockDim, gridDim;
extern "C" void set_place(unsigned b, unsigned t, unsigned n_blocks, unsigned n) {
    blockIdx = {b, 0, 0};
    threadIdx = {t, 0, 0};
    gridDim = {n_blocks, 1, 1};
    blockDim = {n, 1, 1};
}
template <class T> T add_to(T* at, T value) {
    T old = *at;
    *at = old + value;
    return old;
}
// Of these types alone, as on a device: of 64 bits, only unsigned ones.
int atomicAdd(int* at, int value) { return add_to(at, value); }
unsigned atomicAdd(unsigned* at, unsigned value) { return add_to(at, value); }
unsigned long long atomicAdd(unsigned long long* at, unsigned long long value) {
    return add_to(at, value);
}
float atomicAdd(float* at, float value) { return add_to(at, value); }
double atomicAdd(double* at, double value) { return add_to(at, value); }
"""
# What C++ knows from headers and the compiler of a device does not.
UNKNOWN = re.compile(
    r"\b(u?int\d+_t|size_t|INFINITY|NAN|M_PI|DBL_MAX)\b|std::|#include"
)


def compiler() -> str | None:
    """Return the C++ compiler of this machine, None if there is none."""
    return shutil.which("g++") or shutil.which("c++")


def launch(
    source: str, name: str, n_items: int, *arguments: Any, real: str = "double"
) -> None:
    """Stand in for `skx._backend.cuda.launch` on arrays of array_api_strict."""
    library = _library(source, real)
    if not n_items:
        return
    kernel = getattr(library, name)
    kernel.restype = None
    given = [_as_c(argument) for argument in arguments]
    for block in range(N_BLOCKS):
        for thread in range(N_THREADS):
            library.set_place(block, thread, N_BLOCKS, N_THREADS)
            kernel(*given)


def _as_c(argument: Any) -> Any:
    if isinstance(argument, np.generic):
        kind: Any = np.ctypeslib.as_ctypes_type(np.dtype(argument.dtype).str)
        return kind(argument.item())
    array = getattr(argument, "_array", argument)  # of array_api_strict
    if not isinstance(array, np.ndarray):
        # A plain number has no type of its own for a kernel to expect.
        raise TypeError(f"{argument!r} is neither an array nor a NumPy scalar.")
    if not array.flags.c_contiguous:
        raise ValueError(f"An array of shape {array.shape} is not in C order.")
    return ctypes.c_void_p(array.ctypes.data)


@cache
def _library(source: str, real: str) -> ctypes.CDLL:
    unknown = UNKNOWN.search(source)
    if unknown:
        raise ValueError(f"A device does not know {unknown[0]!r} without headers.")
    command = compiler()
    if command is None:
        raise RuntimeError("There is no C++ compiler.")
    with tempfile.TemporaryDirectory() as folder:
        text, built = Path(folder) / "kernel.cpp", Path(folder) / "kernel.so"
        text.write_text(f"{HEADER}#define REAL {real}\n{source}", encoding="utf-8")
        done = subprocess.run(
            [command, *FLAGS, str(text), "-o", str(built)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"The text of a kernel is not C++:\n{done.stderr}")
        return ctypes.CDLL(str(built))
