# SPDX-License-Identifier: BSD-3-Clause
"""The base class of every skx estimator."""

import os
from collections.abc import Callable
from functools import wraps
from inspect import getattr_static, isfunction
from typing import Any, ClassVar

from sklearn.base import BaseEstimator

from skx._backend import any_on_device, call_on_host
from skx._base.sklearn import MethodIfAvailable

# Where the built documentation is served, unless the environment names a place.
# No links are shown while both are empty.
DOCS_URL = ""


class SkxEstimator(BaseEstimator):
    """Base of all estimators.

    Links their HTML diagrams to the documentation, at the address that the environment
    variable ``SKX_DOCS_URL`` holds when they are shown. Public methods take arrays of a
    CUDA device: those that do not compute there have them copied to the host, with a
    warning.
    """

    _doc_link_module = "skx"
    # Methods that return positions of rows, which are NumPy's wherever X lives.
    _return_positions: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name, member in list(vars(cls).items()):
            if name.startswith("_"):
                continue
            if isinstance(member, MethodIfAvailable):
                member.fn = _taking_device_arrays(member.fn)
            elif isfunction(member):
                setattr(cls, name, _taking_device_arrays(member))
        score = getattr_static(cls, "score", None)  # of a mixin
        if isfunction(score) and not hasattr(score, "_takes_device_arrays"):
            cls.score = _taking_device_arrays(score)

    def _runs_on_device(self, method: str) -> bool:
        """Whether a method, as parameters are, computes where its arrays live."""
        return False

    @property
    def _doc_link_template(self) -> str:
        address = os.environ.get("SKX_DOCS_URL", DOCS_URL).rstrip("/")
        if not address:
            return ""
        family = type(self).__module__.split(".")[1]
        return f"{address}/api/generated/skx.{family}.{type(self).__name__}.html"


def _taking_device_arrays(method: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method that copies device arrays to the host where it runs there."""

    @wraps(method)
    def call(self: SkxEstimator, *args: Any, **kwargs: Any) -> Any:
        if not any_on_device(args, kwargs) or self._runs_on_device(method.__name__):
            return method(self, *args, **kwargs)
        bound, name = method.__get__(self), type(self).__name__
        positions = method.__name__ in self._return_positions
        return call_on_host(bound, name, args, kwargs, positions=positions)

    call._takes_device_arrays = True  # type: ignore[attr-defined]
    return call
