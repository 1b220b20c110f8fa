# SPDX-License-Identifier: BSD-3-Clause
"""Rules with exceptions: classifiers that people can read."""

from skx.rules._explain import Explanation
from skx.rules._fold import FOLDRClassifier, FOLDSEClassifier
from skx.rules._fold_cv import FOLDSEClassifierCV
from skx.rules._importance import RuleImportanceDisplay
from skx.rules._partitions import fit_partitions
from skx.rules._path_display import RulePathDisplay
from skx.rules._ripper import RIPPERClassifier
from skx.rules._ruleset import Condition, Rule, RuleSet

__all__ = [
    "Condition",
    "Explanation",
    "FOLDRClassifier",
    "FOLDSEClassifier",
    "FOLDSEClassifierCV",
    "RIPPERClassifier",
    "Rule",
    "RuleImportanceDisplay",
    "RulePathDisplay",
    "RuleSet",
    "fit_partitions",
]
