# SPDX-License-Identifier: BSD-3-Clause
"""Benchmarks against peers: ``python -m benchmarks`` (see README.md here)."""
