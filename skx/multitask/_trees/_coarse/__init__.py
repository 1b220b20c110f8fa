# SPDX-License-Identifier: BSD-3-Clause
"""Trees on tables whose columns have few bins."""
