# SPDX-License-Identifier: BSD-3-Clause
"""What ``sampling_strategy`` means: how many rows a class gains, or which are cleaned.

The meanings are those of imbalanced-learn.
"""

from collections.abc import Callable, Iterable, Mapping
from numbers import Real
from typing import Any

from numpy.typing import NDArray

Strategy = float | str | Mapping | Callable


def new_counts(
    strategy: Strategy, labels: NDArray[Any], present: dict[Any, int]
) -> dict[Any, int]:
    """Count the new rows of each class that an over-sampler's strategy names.

    ``present`` maps the classes of ``labels``, sorted, to their number of rows.
    """
    if callable(strategy):
        strategy = strategy(labels)
        if not isinstance(strategy, Mapping):
            raise ValueError(
                f"sampling_strategy is a callable that returned {strategy!r}; it "
                "must return a dict of class to number of samples."
            )
    if isinstance(strategy, Mapping):
        return _counts_from_mapping(strategy, present)
    if isinstance(strategy, str):
        largest = max(present.values())
        name = "not majority" if strategy == "auto" else strategy
        return {c: largest - present[c] for c in _named(name, present)}
    return _counts_from_ratio(float(strategy), present)


def cleaned_classes(
    strategy: str | list | Callable, labels: NDArray[Any], present: dict[Any, int]
) -> list[Any]:
    """List the classes from which a cleaning method may remove rows."""
    if callable(strategy):
        strategy = strategy(labels)
        if isinstance(strategy, str) or not isinstance(strategy, Iterable):
            raise ValueError(
                f"sampling_strategy is a callable that returned {strategy!r}; it "
                "must return the classes to clean, as a list or as keys of a dict."
            )
    if isinstance(strategy, str):
        return _named("not minority" if strategy == "auto" else strategy, present)
    chosen = list(strategy)
    for label in chosen:
        _check_present(label, present)
    return [label for label in present if label in chosen]


def _named(name: str, present: dict[Any, int]) -> list[Any]:
    smallest = min(present, key=present.__getitem__)
    largest = max(present, key=present.__getitem__)
    targets = {
        "minority": {smallest},
        "majority": {largest},
        "not minority": set(present) - {smallest},
        "not majority": set(present) - {largest},
        "all": set(present),
    }[name]
    return [label for label in present if label in targets]


def _check_present(label: Any, present: dict[Any, int]) -> None:
    if label not in present:
        raise ValueError(
            f"sampling_strategy names class {label!r}, which is not present in y; "
            f"its classes are {list(present)}."
        )


def _counts_from_ratio(ratio: float, present: dict[Any, int]) -> dict[Any, int]:
    if len(present) > 2:
        raise ValueError(
            f"sampling_strategy={ratio} is a ratio, which only two classes have, but y "
            f"holds {len(present)}; pass a dict of class to number of samples."
        )
    largest = max(present, key=present.__getitem__)
    ((minority, count),) = ((c, n) for c, n in present.items() if c != largest)
    n_new = int(present[largest] * ratio) - count
    if n_new <= 0:
        raise ValueError(
            f"sampling_strategy={ratio} asks for {count + n_new} samples of class "
            f"{minority!r}, which already has {count}; a ratio above "
            f"{count / present[largest]:.3g} adds samples."
        )
    return {minority: n_new}


def _counts_from_mapping(targets: Mapping, present: dict[Any, int]) -> dict[Any, int]:
    new = {}
    for label, target in targets.items():
        _check_present(label, present)
        is_whole = isinstance(target, Real) and float(target).is_integer()
        if not is_whole or target < present[label]:
            raise ValueError(
                f"sampling_strategy asks for {target} samples of class {label!r}, "
                f"which has {present[label]} already; an over-sampler takes the number "
                "of samples after resampling, an integer of at least that."
            )
        new[label] = int(target) - present[label]
    return {label: new[label] for label in present if label in new}
