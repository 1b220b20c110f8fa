# SPDX-License-Identifier: BSD-3-Clause
"""Votes of neighbours on the class of a row, on the host or a device."""

from typing import Any

from skx._backend import namespace_of


def count_foreign(labels: Any, own: Any) -> Any:
    """Count the labels of neighbours (q, k) that are not the row's own (q,)."""
    xp = namespace_of(labels)
    return xp.count_nonzero(labels != own[:, None], axis=1)


def most_frequent(labels: Any) -> Any:
    """Return the most frequent label of each row (q, k), of several the smallest."""
    xp = namespace_of(labels)
    counts = xp.stack(
        [
            xp.count_nonzero(labels == labels[:, place, None], axis=1)
            for place in range(labels.shape[1])
        ],
        axis=1,
    )
    is_most = counts == xp.max(counts, axis=1, keepdims=True)
    beyond = xp.max(labels) + 1
    return xp.min(xp.where(is_most, labels, beyond), axis=1)
