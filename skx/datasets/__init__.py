# SPDX-License-Identifier: BSD-3-Clause
"""Data sets for examples, tests and benchmarks: real ones, and tasks made at random.

The files of the loaders come with the package. Each loader returns a ``Bunch`` of a
pandas frame, or of NumPy arrays with ``as_frame=False``; ``DESCR`` holds origin,
licence and pitfalls.
"""

from skx.datasets._loaders import (
    load_abalone19,
    load_adult,
    load_avila,
    load_bank_marketing,
    load_covid_testing,
    load_credit_card_default,
    load_kidney_disease,
    load_letter,
    load_mushroom,
    load_nass_cds,
    load_optdigits,
    load_satimage,
    load_spambase,
    load_wine_quality_red,
)
from skx.datasets._multitask import make_multitask

__all__ = [
    "load_abalone19",
    "load_adult",
    "load_avila",
    "load_bank_marketing",
    "load_covid_testing",
    "load_credit_card_default",
    "load_kidney_disease",
    "load_letter",
    "load_mushroom",
    "load_nass_cds",
    "load_optdigits",
    "load_satimage",
    "load_spambase",
    "load_wine_quality_red",
    "make_multitask",
]
