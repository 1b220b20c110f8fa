# SPDX-License-Identifier: BSD-3-Clause
"""Arrays that do not live in NumPy."""
