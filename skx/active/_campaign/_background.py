# SPDX-License-Identifier: BSD-3-Clause
"""Fits of a campaign's sampler while answers come in."""

from threading import Event
from typing import Any

from sklearn.utils.parallel import Parallel, delayed

from skx.active._campaign._learner import Fitted, Learner, Told


class _Fit:
    """A fit that has begun in another thread."""

    def __init__(self, learner: Learner, told: Told) -> None:
        self.told = told
        self.is_stale = False
        self.is_done = Event()
        self._learner = learner
        # Of two workers one is idle: a single one would be the calling thread.
        parallel = Parallel(n_jobs=2, backend="threading", return_as="generator")
        self._results = parallel(delayed(self._run)() for _ in range(1))

    def _run(self) -> Fitted | Exception:
        try:
            return self._learner.fit_anew(self.told)
        except Exception as error:
            return error  # for whoever asks the sampler of these answers
        finally:
            self.is_done.set()

    def result(self) -> Fitted | Exception:
        """Return what was fitted, when it is, or why it could not be."""
        (found,) = self._results
        return found


class Background:
    """Fits a sampler to answers in a thread, one fit at a time.

    Nothing but the calling thread touches the file or the learner's memory.
    """

    def __init__(self, learner: Learner) -> None:
        self._learner = learner
        self._fit: _Fit | None = None
        self._last: Told | None = None  # what the latest fit was begun with
        self._error: Exception | None = None  # why that failed

    def begin(self, told: Told) -> None:
        """Begin to fit to answers, unless that was done or another fit is under way."""
        self._collect()
        if self._fit is None and told != self._last:
            self._last, self._error = told, None
            self._fit = _Fit(self._learner, told)

    def newest(self, told: Told) -> Any:
        """Return the sampler of the latest fit that is done, or wait for the first.

        Raises why that of these answers could not be fitted.
        """
        self._collect(wait=self._learner.fitted is None)
        if self._error is not None and told == self._last:
            raise self._error
        if self._learner.fitted is None:
            return self.exact(told)
        return self._learner.fitted[1]

    def exact(self, told: Told) -> Any:
        """Return the sampler that is fitted to these answers."""
        if self._fit is not None and self._fit.told == told:
            self._collect(wait=True)
        sampler = self._learner.fit(told)
        # What is still under way is older, and must not come in its place.
        if self._fit is not None:
            self._fit.is_stale = True
        self._last, self._error = told, None
        return sampler

    def _collect(self, *, wait: bool = False) -> None:
        if self._fit is not None and (wait or self._fit.is_done.is_set()):
            found, is_stale = self._fit.result(), self._fit.is_stale
            self._fit = None
            if is_stale:
                return
            if isinstance(found, Exception):
                self._error = found
            else:
                self._learner.fitted = found
