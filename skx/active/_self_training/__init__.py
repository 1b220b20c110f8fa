# SPDX-License-Identifier: BSD-3-Clause
"""Labels by a model for rows that nobody labelled."""

from skx.active._self_training._t_similarity import TSimilaritySelfTraining

__all__ = ["TSimilaritySelfTraining"]
