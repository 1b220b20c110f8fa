# SPDX-License-Identifier: BSD-3-Clause
"""Trees on binned columns: bins, how a tree grows, and sums of trees.

It knows gradients and hessians of rows, and nothing of tasks or losses.
"""

from skx.multitask._trees._binning import (
    Bins,
    bin_columns,
    code_column,
    draw_sample,
    ends_of_bins,
    join_bins,
)
from skx.multitask._trees._device import DeviceSums, add_to_host, bin_numbers
from skx.multitask._trees._device import add_trees as add_trees_there
from skx.multitask._trees._forest import (
    NODE,
    SPLIT,
    Columns,
    Forest,
    Grower,
    Growth,
    Limits,
    SumGrower,
    Sums,
    TableGrower,
    Tree,
)

__all__ = [
    "NODE",
    "SPLIT",
    "Bins",
    "Columns",
    "DeviceSums",
    "Forest",
    "Grower",
    "Growth",
    "Limits",
    "SumGrower",
    "Sums",
    "TableGrower",
    "Tree",
    "add_to_host",
    "add_trees_there",
    "bin_columns",
    "bin_numbers",
    "code_column",
    "draw_sample",
    "ends_of_bins",
    "join_bins",
]
