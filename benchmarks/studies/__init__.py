# SPDX-License-Identifier: BSD-3-Clause
"""Studies of quality: long runs over many data sets, each with its table."""
