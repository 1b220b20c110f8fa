# SPDX-License-Identifier: BSD-3-Clause
"""Shapley values of trees, exact and by the paths that rows take."""

from skx.multitask._shap._forests import Explainer

__all__ = ["Explainer"]
