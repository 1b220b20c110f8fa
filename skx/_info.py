# SPDX-License-Identifier: BSD-3-Clause
"""What skx runs on: versions, threads, the kernel cache and the GPU."""

import os
import platform
from importlib import import_module
from pathlib import Path
from typing import Any

from skx import __version__
from skx._optional import EXTRAS, install_command, installed_version

_DEPENDENCIES = (
    "numpy",
    "scipy",
    "scikit-learn",
    "numba",
    "llvmlite",
    "joblib",
    "threadpoolctl",
    "imbalanced-learn",
    "lightgbm",
)


def versions() -> dict[str, str]:
    """Versions of skx, Python and the packages skx uses, none of them imported."""
    found = {
        "skx": __version__,
        "Python": platform.python_version(),
        "platform": platform.platform(),
    }
    for package in _DEPENDENCIES:
        found[package] = installed_version(package) or "not installed"
    for package in EXTRAS:
        missing = f"not installed ({install_command(package)})"
        found[package] = installed_version(package) or missing
    return found


def threads() -> dict[str, str]:
    """Cores, and the threads that joblib, numba and the native libraries may use."""
    import joblib
    import numba
    import sklearn  # noqa: F401  loads the BLAS and OpenMP libraries listed below
    from threadpoolctl import threadpool_info

    pools = threadpool_info()  # first, as trying numba's layers loads more libraries
    config: Any = numba.config
    layers = []
    for layer in config.THREADING_LAYER_PRIORITY:
        module = layer if layer == "workqueue" else f"{layer}pool"
        try:
            import_module(f"numba.np.ufunc.{module}")
        except ImportError:
            layers.append(f"{layer} (does not load)")
        else:
            layers.append(layer)
    lines = {
        "cores": f"{os.cpu_count()}, of which n_jobs=-1 uses {joblib.cpu_count()}",
        "numba layers": f"{', '.join(layers)}; NUMBA_THREADING_LAYER="
        f"{config.THREADING_LAYER}, {numba.get_num_threads()} threads",
    }
    for api in ["blas", "openmp"]:
        lines[api] = "; ".join(
            f"{pool['prefix']} {pool['version'] or ''}".rstrip()
            + f" of {Path(pool['filepath']).parent.name}, {pool['num_threads']} threads"
            for pool in pools
            if pool["user_api"] == api
        )
    return lines


def kernel_cache() -> str:
    """Describe where compiled kernels are kept between processes, if anywhere."""
    from skx._numba import kernel

    def probe() -> None:
        pass

    # Numba settles on a writable folder as it decorates; nothing is compiled here.
    stats = getattr(kernel(probe), "stats", None)
    if stats is None:
        return "none (NUMBA_DISABLE_JIT is set: kernels run as plain Python)"
    if stats.cache_path is None:
        return (
            "none (no writable folder: every process compiles anew; "
            "set NUMBA_CACHE_DIR to a writable one)"
        )
    folder = Path(stats.cache_path)
    if folder.name == "__pycache__":
        return f"the __pycache__ folders under {folder.parent}"
    return str(folder.parent)


def system_info() -> dict[str, dict[str, str]]:
    """All that `show_versions` prints: section -> name -> value."""
    from skx._backend.cuda import device_status

    return {
        "Versions": versions(),
        "Threads": threads(),
        "Kernels": {
            "run in": "n_jobs plain threads; numba's layers are not used",
            "kept in": kernel_cache(),
        },
        "GPU": {"CUDA": device_status()},
    }


def show_versions() -> None:
    """Print what a bug report should say about this installation.

    Versions of skx and of the packages it uses, threads and native thread pools, the
    folder in which compiled kernels are kept, and the GPU.

    Examples
    --------
    >>> import skx
    >>> skx.show_versions()  # doctest: +SKIP
    Versions
      skx               0.1.0
      Python            3.13.1
      ...
    """
    for section, lines in system_info().items():
        print(section)
        for name, value in lines.items():
            print(f"  {name:<16}  {value}")
