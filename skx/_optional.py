# SPDX-License-Identifier: BSD-3-Clause
"""Optional packages and the extras of skx that bring them."""

from importlib import import_module
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from types import ModuleType

EXTRAS = {
    "matplotlib": "plot",
    "pandas": "dataframe",
    "polars": "dataframe",
    "ipywidgets": "notebook",
    "cupy": "cuda12",
    "tbb": "parallel",
}


def install_command(package: str) -> str:
    """Command that installs the optional ``package``."""
    return f'pip install "skx[{EXTRAS[package]}]"'


def installed_version(package: str) -> str | None:
    """Version of ``package``, which is not imported, or None where it is missing."""
    try:
        return version(package)
    except PackageNotFoundError:
        # CuPy is distributed under one name per CUDA release.
        distributions = packages_distributions().get(package)
        return version(distributions[0]) if distributions else None


def require(package: str, purpose: str, *, otherwise: str = "") -> ModuleType:
    """Import the optional ``package``; where it is missing, name its extra.

    ``purpose`` begins the error text: ``"--out"`` gives "--out needs matplotlib, ...";
    ``otherwise`` is what to do without the package, such as "pass as_frame=False".
    """
    try:
        return import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package:
            raise
        raise ModuleNotFoundError(
            f"{purpose} needs {package}, which is not installed; "
            f"run {install_command(package)}{otherwise and f' or {otherwise}'}.",
            name=package,
        ) from error
