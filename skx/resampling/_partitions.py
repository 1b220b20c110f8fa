# SPDX-License-Identifier: BSD-3-Clause
"""Over-sampling of data in parts: counts of the whole, rows of each part."""

from collections import Counter
from collections.abc import Callable, Iterable
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import clone

from skx._base.sklearn import check_parameters, count_rows
from skx._parts import load_part, wait_for
from skx._random import draw_seed
from skx.resampling._apportion import apportion
from skx.resampling._base import ClassDraw
from skx.resampling._resampled import set_seeds
from skx.resampling._strategy import new_counts
from skx.resampling._temperature import TemperatureSampler, read_groups

Counts = dict[Any, int]


class ResampledPart(NamedTuple):
    """Rows of a part after resampling, and the fitted sampler, if it had to do."""

    X: Any
    y: Any
    sampler: Any


def resample_partitions(
    sampler: Any,
    X_parts: Iterable[Any],
    y_parts: Iterable[Any],
    *,
    groups_parts: Iterable[Any] | None = None,
    mapper: Callable[..., Iterable[Any]] = map,
    random_state: int | np.random.RandomState | None = None,
) -> list[Any]:
    """Resample data in parts so that the classes of the whole have their counts.

    For data in several files, processes or machines. Classes are counted in each part,
    the sampler's target is worked out for the whole, and each part makes its share of
    the new rows. Class counts are those that the sampler would reach on all rows at
    once; what a method looks for in other rows, such as neighbours, it finds in its own
    part only. Parts should therefore be large, and alike: shuffle rows that are sorted.

    Parameters
    ----------
    sampler : over-sampler or TemperatureSampler
        Of skx or imbalanced-learn; each part gets a clone.
    X_parts : iterable
        Rows of each part: whatever the sampler takes, or a callable without arguments
        that loads it, or an object with a ``compute`` method that does. Loading
        happens where ``mapper`` calls.
    y_parts : iterable
        Labels of each part, in the same forms; loaded twice.
    groups_parts : iterable or None, default=None
        Groups of each part, in the same forms, for a :class:`TemperatureSampler` that
        balances something else than the classes; loaded twice.
    mapper : callable, default=map
        Calls a function for each part: ``mapper(function, *iterables)`` gives the
        results in order, as the built-in ``map`` does. The ``map`` of an executor or of
        a dask client is one; where it gives futures, the counts are waited for and the
        resampled parts stay where they are.
    random_state : int, RandomState instance or None, default=None
        Seed, from which each part gets its own; None takes the sampler's.

    Returns
    -------
    parts : list of named tuples (X, y, sampler), or futures of them
        For each part its rows after resampling, their labels and the fitted sampler,
        whose ``parents_`` and ``sample_indices_`` are row numbers of the part. The
        sampler is None where there was nothing to do. The same for any mapper.

    Raises
    ------
    ValueError
        If the numbers of parts differ, the whole has one class only, no part can make
        the rows of a class, or a sampler raises one; the text names the part.
    TypeError
        If the sampler is neither an over-sampler nor a :class:`TemperatureSampler`.

    See Also
    --------
    RandomOverSampler : Needs no neighbours, so that small parts do not matter.

    Notes
    -----
    New rows of a class are divided among the parts in proportion to its rows there, by
    largest remainders. A part takes no share for a class of which it has too few rows
    for the sampler's neighbours, or if it has no other class; the remaining parts take
    it over. A callable ``sampling_strategy`` is called once, with sorted labels.

    Counts are exact for samplers that reach a dict as ``sampling_strategy``; ADASYN,
    KMeansSMOTE and BorderlineSMOTE of imbalanced-learn do not always. Approximate, as
    they see one part only: neighbours, the difficulty that ADASYN measures, the
    bandwidth of ``shrinkage``, and how evenly rows are repeated. The result depends on
    the division into parts.

    Examples
    --------
    >>> import numpy as np
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> from skx.resampling import SMOTE, resample_partitions
    >>> rng = np.random.default_rng(0)
    >>> X_parts = [rng.normal(size=(100, 2)) for _ in range(3)]
    >>> y_parts = [np.repeat([0, 1], [100 - n, n]) for n in (8, 10, 2)]
    >>> with ThreadPoolExecutor() as pool:
    ...     parts = resample_partitions(
    ...         SMOTE(random_state=0), X_parts, y_parts, mapper=pool.map
    ...     )
    >>> [np.bincount(part.y).tolist() for part in parts]
    [[92, 124], [90, 154], [98, 2]]
    """
    X_parts, y_parts = list(X_parts), list(y_parts)
    source = "y" if groups_parts is None else "groups"
    groups = [None] * len(X_parts) if groups_parts is None else list(groups_parts)
    labels = y_parts if groups_parts is None else groups
    for name, parts in {"y": y_parts, "groups": groups}.items():
        if len(parts) != len(X_parts) or not X_parts:
            raise ValueError(
                f"There are {len(X_parts)} parts of X and {len(parts)} of {name}; give "
                "as many of each, and at least one."
            )
    numbers = list(range(len(X_parts)))
    sources = [source] * len(X_parts)
    counts = [wait_for(c) for c in mapper(_count_labels, numbers, labels, sources)]
    targets = _divide(sampler, counts, source)
    if random_state is None:
        random_state = getattr(sampler, "random_state", None)
    seeds = ClassDraw(draw_seed(random_state), 0).bits(0, len(X_parts)) >> 32
    return list(
        mapper(
            _resample_part,
            numbers,
            [clone(sampler) for _ in X_parts],
            X_parts,
            y_parts,
            groups,
            targets,
            seeds.tolist(),
        )
    )


def _count_labels(number: int, part: Any, source: str) -> Counts:
    labels = load_part(part)
    if count_rows(labels) == 0:
        return {}
    try:
        names, _, counts = read_groups(labels, source)
    except ValueError as error:
        raise ValueError(f"Part {number}: {error}") from error
    return dict(zip(names.tolist(), counts.tolist(), strict=True))


def _divide(sampler: Any, counts: list[Counts], source: str) -> list[Counts]:
    """Return for each part what its sampler is asked for, class to number of rows."""
    check_parameters(sampler)
    total = Counter[Any]()
    for part in counts:
        total.update(part)
    try:
        present = {label: total[label] for label in sorted(total)}
    except TypeError as error:
        kinds = ", ".join(sorted({type(label).__name__ for label in total}))
        raise ValueError(
            f"The parts of {source} hold labels of different types ({kinds}); use one."
        ) from error
    name = type(sampler).__name__
    if isinstance(sampler, TemperatureSampler):
        return _share_quotas(sampler._read_quotas(present, source), counts)
    if getattr(sampler, "_sampling_type", None) != "over-sampling":
        raise TypeError(
            f"{name} is no over-sampler; pass one, or a TemperatureSampler. Which rows "
            "another sampler removes depends on the rows of all parts."
        )
    if source == "groups":
        raise ValueError(
            f"groups_parts is for TemperatureSampler; {name} balances the classes of y."
        )
    if len(present) < 2:
        raise ValueError(
            f"The parts of y hold {len(present)} class in all; {name} needs at least 2."
        )
    labels = np.repeat(list(present), list(present.values()))
    new = new_counts(sampler.sampling_strategy, labels, present)
    targets: list[Counts] = [{} for _ in counts]
    for label, n_new in new.items():
        able = _able_parts(label, counts, _rows_needed(sampler), name)
        sizes = [counts[p][label] for p in able]
        for p, share in zip(able, _split(n_new, sizes), strict=True):
            if share > 0:
                targets[p][label] = counts[p][label] + share
    return targets


def _share_quotas(quotas: Counts, counts: list[Counts]) -> list[Counts]:
    targets: list[Counts] = [{} for _ in counts]
    for label, quota in quotas.items():
        shares = _split(quota, [part.get(label, 0) for part in counts])
        for target, part, share in zip(targets, counts, shares, strict=True):
            if label in part:
                target[label] = share
    return targets


def _split(total: int, sizes: list[int]) -> list[int]:
    """Divide a number in proportion to sizes."""
    return apportion([total * size for size in sizes], sum(sizes), total)


def _able_parts(
    label: Any, counts: list[Counts], n_needed: int, name: str
) -> list[int]:
    """Return the parts that can make rows of a class; the best one if none is sure."""
    mixed = [p for p, part in enumerate(counts) if label in part and len(part) > 1]
    if not mixed:
        raise ValueError(
            f"Every part with rows of class {label!r} holds no other class, but {name} "
            "needs two classes in a part. Shuffle the rows among the parts."
        )
    able = [p for p in mixed if counts[p][label] >= n_needed]
    return able or [max(mixed, key=lambda p: counts[p][label])]


def _rows_needed(sampler: Any) -> int:
    """Return how many rows of a class are enough for the sampler's neighbours."""
    if getattr(sampler, "small_class", "raise") == "shrink":
        return 2
    needed = 1
    for name in ("k_neighbors", "n_neighbors"):
        asked = getattr(sampler, name, None)
        if isinstance(asked, Integral):
            needed = max(needed, int(asked) + 1)
        elif asked is not None:  # a search, which counts the row itself
            needed = max(needed, int(getattr(asked, "n_neighbors", 2)))
    return needed


def _resample_part(
    number: int,
    sampler: Any,
    X: Any,
    y: Any,
    groups: Any,
    target: Counts,
    seed: int,
) -> ResampledPart:
    X, y, groups = load_part(X), load_part(y), load_part(groups)
    if not target:
        return ResampledPart(X, y, None)
    set_seeds(sampler, seed)
    extra = {}
    if isinstance(sampler, TemperatureSampler):
        sampler.set_params(n_samples=target)
        extra["groups"] = groups
    else:
        sampler.set_params(sampling_strategy=target)
    try:
        X_new, y_new = sampler.fit_resample(X, y, **extra)
    except ValueError as error:
        raise ValueError(f"Part {number}: {error}") from error
    return ResampledPart(X_new, y_new, sampler)
