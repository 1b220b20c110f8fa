# SPDX-License-Identifier: BSD-3-Clause
"""Warnings inside gallery examples are errors."""

import warnings
from typing import Any

usual = list(warnings.filters)


def reset(gallery_conf: dict[str, Any], name: str, when: str) -> None:
    """Raise on warnings from before an example until after it."""
    if when == "before":
        warnings.simplefilter("error")
    else:
        warnings.filters[:] = usual
