# SPDX-License-Identifier: BSD-3-Clause
"""Checks that skx estimators pass beyond scikit-learn's and imbalanced-learn's."""

from skx.testing._bag_learner import check_bag_learner
from skx.testing._discovery import all_estimators

__all__ = ["all_estimators", "check_bag_learner"]
