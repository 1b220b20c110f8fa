# SPDX-License-Identifier: BSD-3-Clause
"""What all rules of streams share: their state, and how utilities come in."""

from numbers import Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_array

from skx._base.estimator import SkxEstimator
from skx._base.sklearn import Interval, check_parameters
from skx.active._streams._kernels import ASKED, SEEN

Flags = NDArray[np.bool_]


class StreamRule(SkxEstimator):
    """Counts rows and asked ones; starts when it first decides."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "budget": [Interval(Real, 0, 1, closed="right")],
    }
    budget: float
    n_seen_: int
    n_asked_: int
    n_features_in_: int

    def reset(self) -> Any:
        """Forget all rows, so that the next one is the first.

        Returns
        -------
        self : stream
            The rule at its beginning.
        """
        for name in [name for name in vars(self) if name.endswith("_")]:
            delattr(self, name)
        self.__dict__.pop("_state", None)
        return self

    def _start(self) -> bool:
        """Check parameters; make the state if there is none, and tell whether."""
        check_parameters(self)
        if hasattr(self, "_state"):
            return False
        self._state = np.zeros(4)
        return True

    def _finish(self) -> None:
        self.n_seen_ = int(self._state[SEEN])
        self.n_asked_ = int(self._state[ASKED])


def read_utilities(
    utilities: ArrayLike, *, is_share: bool = False
) -> NDArray[np.float64]:
    """Return finite utilities, (n,); with ``is_share`` they must lie in [0, 1]."""
    values = np.atleast_1d(np.asarray(utilities, dtype=np.float64))
    if values.ndim != 1:
        raise ValueError(
            f"utilities has the shape {values.shape}; expected one number for each row "
            "of the stream."
        )
    bad = ~np.isfinite(values)
    if bad.any():
        row = int(bad.argmax())
        raise ValueError(
            f"utilities[{row}] is {values[row]}; expected finite numbers. Pass on rows "
            "that a model cannot score."
        )
    bad = (values < 0.0) | (values > 1.0)
    if is_share and bad.any():
        row = int(bad.argmax())
        raise ValueError(
            f"utilities[{row}] is {values[row]:g}; this rule takes 1 - utility as "
            "confidence and wants numbers in [0, 1], such as least_confidence. For "
            "others use BalancedQuantileStream."
        )
    return np.ascontiguousarray(values)


def read_rows(X: ArrayLike, n_features: int | None) -> NDArray[np.float64]:
    """Return finite rows, (n, n_features)."""
    rows = check_array(X, dtype=np.float64, order="C", ensure_min_samples=0)
    if n_features is not None and rows.shape[1] != n_features:
        raise ValueError(
            f"X has {rows.shape[1]} columns but the rows before had {n_features}; call "
            "reset() to begin another stream."
        )
    return rows
