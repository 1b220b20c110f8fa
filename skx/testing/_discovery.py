# SPDX-License-Identifier: BSD-3-Clause
"""What skx offers, found rather than listed."""

import inspect
from importlib import import_module
from pkgutil import iter_modules

import skx


def all_estimators() -> list[tuple[str, type]]:
    """List every public estimator and sampler, importing all families.

    Returns
    -------
    estimators : list of tuple of (str, type)
        Name and class of each public class with ``fit`` or ``fit_resample``, in
        alphabetical order; the form of :func:`sklearn.utils.discovery.all_estimators`.

    Examples
    --------
    >>> from skx.testing import all_estimators
    >>> dict(all_estimators())["SMOTE"]
    <class 'skx.resampling._smote.SMOTE'>
    """
    found: dict[str, type] = {}
    for package in iter_modules(skx.__path__):
        if not package.ispkg or package.name.startswith("_"):
            continue
        family = import_module(f"skx.{package.name}")
        for name in getattr(family, "__all__", []):
            value = getattr(family, name)
            if inspect.isclass(value) and (
                hasattr(value, "fit") or hasattr(value, "fit_resample")
            ):
                found[name] = value
    return sorted(found.items())
