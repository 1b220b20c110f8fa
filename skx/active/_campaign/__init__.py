# SPDX-License-Identifier: BSD-3-Clause
"""Campaigns: questions and answers that outlive the process."""

from skx.active._campaign._answers import Skip
from skx.active._campaign._campaign import LabelCampaign
from skx.active._campaign._notebook import NotebookLabeler

__all__ = ["LabelCampaign", "NotebookLabeler", "Skip"]
