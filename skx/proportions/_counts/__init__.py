# SPDX-License-Identifier: BSD-3-Clause
"""Labels given their count in a bag."""

from skx.proportions._counts._posterior import Noise, count_posterior, infer_labels

__all__ = ["Noise", "count_posterior", "infer_labels"]
