# SPDX-License-Identifier: BSD-3-Clause
"""Models of single rows from labels that are known of many rows at once."""

from skx.proportions._table_encoder import AggregateTableEncoder
from skx.proportions._table_logistic import AggregateTableLogisticRegression
from skx.proportions._tables import (
    AggregateTables,
    TableNoise,
    make_aggregate_tables,
)

__all__ = [
    "AggregateTableEncoder",
    "AggregateTableLogisticRegression",
    "AggregateTables",
    "TableNoise",
    "make_aggregate_tables",
]
