# SPDX-License-Identifier: BSD-3-Clause
"""What a campaign is made with: samplers, rows, words to choose from."""

import json
from typing import Any

import numpy as np
from sklearn.utils import check_consistent_length, indexable

from skx.active._campaign._rows import RowKeys


def check_sampler(sampler: Any) -> None:
    is_sampler = hasattr(sampler, "fit") and hasattr(sampler, "query")
    if not is_sampler or isinstance(sampler, type):
        raise TypeError(
            f"sampler is {sampler!r}; expected a sampler such as "
            "UncertaintySampler(estimator), with fit and query."
        )


def check_word(value: Any, name: str, one: str, other: str) -> None:
    if value not in (one, other):
        raise ValueError(f"{name}={value!r}; expected {one!r} or {other!r}.")


def read_keys(X: Any, ids: Any, embeddings: Any) -> RowKeys:
    (X,) = indexable(X)
    check_consistent_length(X, embeddings)
    return RowKeys(X, ids)


def tell_difference(keys: RowKeys, meta: dict[str, Any]) -> str:
    n_kept = int(np.isin(meta["rows"], keys.hashes).sum())
    same = n_kept == len(keys) == meta["n_rows"]
    return (
        f"X has {len(keys)} rows and the campaign {meta['n_rows']}, of which {n_kept} "
        f"are among them{', in another order' if same else ''}. Pass the rows that the "
        "campaign was made with, or on_mismatch='rows' to find those that are left."
    )


def describe(sampler: Any) -> str:
    kind = type(sampler)
    params = sampler.get_params(deep=True)
    name = f"{kind.__module__}.{kind.__qualname__}"
    return json.dumps({"sampler": name, "params": params}, default=repr)
