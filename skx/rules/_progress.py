# SPDX-License-Identifier: BSD-3-Clause
"""Lines about a fit that takes long."""

from time import perf_counter

EVERY = 2.0  # seconds between lines


class Progress:
    """Prints how far a fit is, every few seconds, and how long it took.

    Parameters
    ----------
    name : name of the estimator
    verbose : 0 for no lines
    """

    def __init__(self, name: str, verbose: int) -> None:
        self._name = name
        self._verbose = verbose
        self._start = perf_counter()
        self._told = self._start

    def tell(self, text: str) -> None:
        """Print a line if the last one is some seconds old."""
        if self._verbose and perf_counter() - self._told >= EVERY:
            self._print(text)
            self._told = perf_counter()

    def end(self, text: str) -> None:
        """Print the last line."""
        if self._verbose:
            self._print(text)

    def _print(self, text: str) -> None:
        seconds = perf_counter() - self._start
        print(f"[{self._name}] {text}, {seconds:.1f} s", flush=True)


SILENT = Progress("", 0)
