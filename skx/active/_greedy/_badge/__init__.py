# SPDX-License-Identifier: BSD-3-Clause
"""Rows that are uncertain and differ (BADGE)."""

from skx.active._greedy._badge._picks import badge_greedy

__all__ = ["badge_greedy"]
