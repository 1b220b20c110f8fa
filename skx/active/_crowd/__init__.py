# SPDX-License-Identifier: BSD-3-Clause
"""Labels from the votes of several annotators, and classifiers that learn from them."""

from skx.active._crowd._dawid_skene import DawidSkene
from skx.active._crowd._glad import GLAD
from skx.active._crowd._mace import MACE
from skx.active._crowd._majority import MajorityVote
from skx.active._crowd._soft_label_average import SoftLabelAverage
from skx.active._crowd._soft_label_classifier import SoftLabelClassifier
from skx.active._crowd._wawa import Wawa

__all__ = [
    "GLAD",
    "MACE",
    "DawidSkene",
    "MajorityVote",
    "SoftLabelAverage",
    "SoftLabelClassifier",
    "Wawa",
]
