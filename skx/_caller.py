# SPDX-License-Identifier: BSD-3-Clause
"""Where a warning should point: at the line that called skx, however deep it arose."""

import inspect

OURS = ("skx", "sklearn", "imblearn", "joblib", "contextlib")


def caller_level() -> int:
    """Return the ``stacklevel``, for a warning, of the user's code that led here."""
    frame, level = inspect.currentframe(), 0
    while frame and frame.f_globals.get("__name__", "").partition(".")[0] in OURS:
        frame, level = frame.f_back, level + 1
    return level
