# SPDX-License-Identifier: BSD-3-Clause
"""Peak resident memory of one call, in MiB above what was held before it."""

import contextlib
import ctypes
import gc
import re
import sys
from collections.abc import Callable
from pathlib import Path

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")


def max_rss_mib() -> float | None:
    """Peak of the whole process so far, None on systems that do not tell."""
    try:
        from resource import RUSAGE_SELF, getrusage
    except ImportError:  # Windows
        return None
    bytes_each = 1 if sys.platform == "darwin" else 1024
    return getrusage(RUSAGE_SELF).ru_maxrss * bytes_each / 2**20


def _status_mib(key: str) -> float:
    match = re.search(rf"^{key}:\s+(\d+) kB", _STATUS.read_text(), re.MULTILINE)
    if match is None:
        raise OSError(f"{_STATUS} has no {key}.")
    return int(match[1]) / 1024


def _give_back_free_memory() -> None:
    gc.collect()
    with contextlib.suppress(AttributeError):  # only glibc has it
        ctypes.CDLL(None).malloc_trim(0)


def extra_peak_mib(call: Callable[[], object]) -> float | None:
    """Peak of ``call()`` above the memory held now.

    None where the system cannot reset its record of the peak (not Linux).
    """
    _give_back_free_memory()
    try:
        _CLEAR.write_text("5")
        before = _status_mib("VmRSS")
    except OSError:
        return None
    call()
    return max(0.0, _status_mib("VmHWM") - before)
