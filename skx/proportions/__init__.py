# SPDX-License-Identifier: BSD-3-Clause
"""Labels of bags, models of rows: learning from proportions, counts and means."""

from skx.proportions._boosting import (
    AggregateBoostingRegressor,
    ProportionBoostingClassifier,
)
from skx.proportions._counts import count_posterior
from skx.proportions._display import PrivacyCurveDisplay
from skx.proportions._em import ProportionEMClassifier
from skx.proportions._logistic import ProportionLogisticRegression
from skx.proportions._make_bags import make_bags
from skx.proportions._mean_map import MeanMapClassifier
from skx.proportions._privacy import optimal_bag_size, privatize_bag_target
from skx.proportions._propagation import neighbor_affinity, propagate_labels
from skx.proportions._propagation_classifier import ProportionPropagationClassifier
from skx.proportions._ridge import AggregateRidge
from skx.proportions._scoring import (
    bag_log_loss,
    bag_mean_absolute_error,
    make_bag_scorer,
)
from skx.proportions._split import BagKFold
from skx.proportions._table_encoder import AggregateTableEncoder
from skx.proportions._table_logistic import AggregateTableLogisticRegression
from skx.proportions._tables import (
    AggregateTables,
    TableNoise,
    make_aggregate_tables,
)
from skx.proportions._target import bag_target

__all__ = [
    "AggregateBoostingRegressor",
    "AggregateRidge",
    "AggregateTableEncoder",
    "AggregateTableLogisticRegression",
    "AggregateTables",
    "BagKFold",
    "MeanMapClassifier",
    "PrivacyCurveDisplay",
    "ProportionBoostingClassifier",
    "ProportionEMClassifier",
    "ProportionLogisticRegression",
    "ProportionPropagationClassifier",
    "TableNoise",
    "bag_log_loss",
    "bag_mean_absolute_error",
    "bag_target",
    "count_posterior",
    "make_aggregate_tables",
    "make_bag_scorer",
    "make_bags",
    "neighbor_affinity",
    "optimal_bag_size",
    "privatize_bag_target",
    "propagate_labels",
]
