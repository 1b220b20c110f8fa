# SPDX-License-Identifier: BSD-3-Clause
"""Learning from the proportions of labels in bags."""

from skx.proportions._counts import count_posterior

__all__ = ["count_posterior"]
