# SPDX-License-Identifier: BSD-3-Clause
"""Labels given their count in a bag."""

from skx.proportions._counts._count_posterior import count_posterior
from skx.proportions._counts._device import DeviceCounts
from skx.proportions._counts._posterior import Noise, infer_labels

__all__ = ["DeviceCounts", "Noise", "count_posterior", "infer_labels"]
