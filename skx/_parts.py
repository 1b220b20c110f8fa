# SPDX-License-Identifier: BSD-3-Clause
"""Data in parts: in files, processes or on machines, with any function like ``map``."""

from typing import Any


def load_part(part: Any) -> Any:
    """Return a part as it is, or what its ``compute`` or a call of it gives."""
    if hasattr(type(part), "compute"):
        return part.compute()
    return part() if callable(part) else part


def wait_for(result: Any) -> Any:
    """Return the result, or that of a future once it is there."""
    return result.result() if hasattr(type(result), "result") else result
