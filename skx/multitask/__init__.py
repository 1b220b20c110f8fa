# SPDX-License-Identifier: BSD-3-Clause
"""Many related tasks, some hostile: boosting that shares what tasks have in common."""

from skx.multitask._clusters import TaskClusterBooster
from skx.multitask._display import OutlierTaskDisplay, TaskSimilarityDisplay
from skx.multitask._mtgb import MTGBClassifier, MTGBRegressor
from skx.multitask._parts import fit_partitions
from skx.multitask._per_task import PerTask
from skx.multitask._report import task_report
from skx.multitask._rmtgb import RMTGBClassifier, RMTGBRegressor
from skx.multitask._similarity import task_similarity
from skx.multitask._split import TaskStratifiedKFold
from skx.multitask._transfer import transfer_report

__all__ = [
    "MTGBClassifier",
    "MTGBRegressor",
    "OutlierTaskDisplay",
    "PerTask",
    "RMTGBClassifier",
    "RMTGBRegressor",
    "TaskClusterBooster",
    "TaskSimilarityDisplay",
    "TaskStratifiedKFold",
    "fit_partitions",
    "task_report",
    "task_similarity",
    "transfer_report",
]
