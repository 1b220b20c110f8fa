# SPDX-License-Identifier: BSD-3-Clause
"""Resampling of data with rare classes."""
