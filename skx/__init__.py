# SPDX-License-Identifier: BSD-3-Clause
"""scikit-learn-style estimators for the problems that scikit-learn leaves open.

Every family is a subpackage that is imported on first use, so ``import skx``
stays light: ``from skx.resampling import SMOTE`` and ``skx.resampling.SMOTE``
both work.
"""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

__version__ = "0.1.0.dev0"

_LAZY_FUNCTIONS = {"show_versions": "skx._info", "warmup": "skx._commands"}
_PACKAGES = frozenset(
    module.name
    for module in iter_modules(__path__)
    if module.ispkg and not module.name.startswith("_")
)

__all__ = sorted({"__version__", *_LAZY_FUNCTIONS, *_PACKAGES})


def __getattr__(name: str) -> Any:
    if name in _PACKAGES:
        return import_module(f"skx.{name}")
    if name in _LAZY_FUNCTIONS:
        return getattr(import_module(_LAZY_FUNCTIONS[name]), name)
    raise AttributeError(f"module 'skx' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
