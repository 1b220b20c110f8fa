# SPDX-License-Identifier: BSD-3-Clause
"""Data in parts: in files, processes or on machines, with any function like ``map``."""

from collections.abc import Callable, Iterable
from typing import Any


def load_part(part: Any) -> Any:
    """Return a part as it is, or what its ``compute`` or a call of it gives."""
    if hasattr(type(part), "compute"):
        return part.compute()
    return part() if callable(part) else part


def wait_for(result: Any) -> Any:
    """Return the result, or that of a future once it is there."""
    return result.result() if hasattr(type(result), "result") else result


class Each(list):
    """A value for each part, or a future of it."""


class Caller:
    """Calls functions for each part, by a function like ``map``."""

    def __init__(self, mapper: Callable[..., Iterable[Any]], n_parts: int) -> None:
        self.mapper = mapper
        self.n_parts = n_parts

    def each(self, function: Callable, *args: Any) -> Each:
        """Call a function for each part, with its own of what is one for each."""
        lists = [arg if isinstance(arg, Each) else [arg] * self.n_parts for arg in args]
        return Each(self.mapper(function, *lists))

    def ask(self, function: Callable, *args: Any) -> list[Any]:
        """Call a function for each part and wait for what it returns."""
        return [wait_for(result) for result in self.each(function, *args)]
