# SPDX-License-Identifier: BSD-3-Clause
"""Parameters of the block that sets outlier tasks apart."""

from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np

from skx._base.sklearn import Interval, StrOptions
from skx.multitask._base import MultiTaskBooster
from skx.multitask._rows import Rows


class Partition(MultiTaskBooster):
    """Mixin of the boosters with a second block."""

    _partitions = True
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "n_iter_outlier": [Interval(Integral, 0, None, closed="left")],
        "theta_update": [StrOptions({"newton", "gradient"})],
        "theta_reduction": [StrOptions({"mean", "sum"})],
        "theta_learning_rate": [Interval(Real, 0, None, closed="neither"), None],
        "theta_regularization": [Interval(Real, 0, None, closed="left")],
        "theta_init": [StrOptions({"residual", "random"}), "array-like"],
        "block2_scheme": [StrOptions({"jacobi", "gauss_seidel"})],
        "orient": ["boolean"],
    }
    _paper: ClassVar[dict[str, Any]] = {
        **MultiTaskBooster._paper,
        "theta_update": "gradient",
        "theta_reduction": "sum",
        "theta_regularization": 0.0,
        "theta_init": "random",
        "block2_scheme": "jacobi",
        "orient": False,
    }

    def _theta_settings(self, train: Rows, seed: np.uint64) -> dict[str, Any]:
        rate = self.theta_learning_rate
        return {
            "update": self.theta_update,
            "reduction": self.theta_reduction,
            "rate": self.learning_rate if rate is None else rate,
            "penalty": self.theta_regularization,
            "start": self._theta_start(train.n_tasks, seed),
            "scheme": self.block2_scheme,
            "orient": self.orient,
        }

    def _theta_start(self, n_tasks: int, seed: np.uint64) -> np.ndarray | None:
        wanted = self.theta_init
        if isinstance(wanted, str):
            if wanted == "residual":
                return None
            rng = np.random.default_rng(int(seed))
            return rng.normal(0.0, 0.1, n_tasks)
        theta = np.asarray(wanted, dtype=np.float64)
        if theta.shape != (n_tasks,):
            raise ValueError(
                f"theta_init has shape {theta.shape} but there are {n_tasks} tasks; "
                "give one number for each, in the order of the sorted ids."
            )
        if not np.isfinite(theta).all():
            raise ValueError("theta_init must be finite.")
        if self.n_iter_outlier and n_tasks > 1 and (theta == theta[0]).all():
            raise ValueError(
                f"theta_init is {theta[0]} for every task; the outlier block cannot "
                "tell tasks apart that start alike."
            )
        return theta
