# SPDX-License-Identifier: BSD-3-Clause
"""Shared contracts: the base estimator and the one door to scikit-learn's internals."""
