# SPDX-License-Identifier: BSD-3-Clause
"""Many related tasks, some hostile: boosting that shares what tasks have in common."""

from skx.multitask._mtgb import MTGBClassifier, MTGBRegressor
from skx.multitask._rmtgb import RMTGBClassifier, RMTGBRegressor

__all__ = ["MTGBClassifier", "MTGBRegressor", "RMTGBClassifier", "RMTGBRegressor"]
