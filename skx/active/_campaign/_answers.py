# SPDX-License-Identifier: BSD-3-Clause
"""What people answer: labels and names, as they come in and go out."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skx._optional import installed_version, require
from skx.active._campaign._rows import RowKeys
from skx.active._greedy._reading import Positions, read_positions


class Skip(Exception):
    """Raised by an oracle that has no label for a row.

    Its text is kept as the reason.

    See Also
    --------
    LabelCampaign.run : Asks an oracle.

    Examples
    --------
    >>> from skx.active import Skip
    >>> def oracle(rows):
    ...     if 3 in rows:
    ...         raise Skip("the image is black")
    ...     return rows % 2
    """


def read_classes(classes: Any) -> list[Any] | None:
    if classes is None:
        return None
    known = [
        json.loads(read_label(value, None, f"classes[{k}]"))
        for k, value in enumerate(classes)
    ]
    if len(set(known)) < len(known) or not known:
        raise ValueError(f"classes is {known}; expected distinct labels.")
    return known


def read_label(label: Any, classes: list[Any] | None, name: str) -> str:
    """Return a label as JSON."""
    value = label.item() if isinstance(label, np.generic) else label
    if value is None or (isinstance(value, float) and not np.isfinite(value)):
        raise ValueError(
            f"{name} is {value!r}; expected a label. Rows without one go to skip()."
        )
    if not isinstance(value, str | bool | int | float):
        raise TypeError(
            f"{name} is {value!r}, of type {type(value).__name__}; labels are strings, "
            "numbers or truth values."
        )
    if classes is not None:
        if value not in classes:
            raise ValueError(f"{name} is {value!r}, which is not among {classes}.")
        value = classes[classes.index(value)]
    return json.dumps(value)


def check_name(name: Any) -> None:
    if not isinstance(name, str) or not name:
        raise TypeError(f"annotator={name!r}; names of annotators are strings.")


def read_names(annotators: Any) -> list[str] | None:
    if annotators is None:
        return None
    names = np.asarray(annotators).tolist()
    for name in names:
        check_name(name)
    return names


def read_annotator(
    annotator: str | None, known: list[str] | None, *, is_named: bool
) -> str:
    """Return a name; the one of nobody in particular is empty."""
    if annotator is None:
        if not is_named:
            return ""
        raise ValueError(
            "annotator is None; this campaign tells annotators apart, so name who it "
            f"is{f', one of {known}' if known else ''}."
        )
    check_name(annotator)
    if known is not None and annotator not in known:
        raise ValueError(
            f"annotator={annotator!r} is not among those of the campaign, {known}."
        )
    return annotator


def pair_labels(
    rows: ArrayLike, labels: Any, n_rows: int
) -> tuple[Positions, list[Any]]:
    """Return positions, and a label for each."""
    is_single = np.ndim(rows) == 0
    positions = read_positions(np.atleast_1d(rows), n_rows, "rows")
    if is_single and (isinstance(labels, str) or np.ndim(labels) == 0):
        return positions, [labels]
    if isinstance(labels, str) or np.ndim(labels) == 0:
        raise ValueError(
            f"labels is {labels!r} for {len(positions)} rows; give one label per row."
        )
    values = labels.tolist() if hasattr(labels, "tolist") else list(labels)
    if len(values) != len(positions):
        raise ValueError(
            f"labels has {len(values)} entries but rows has {len(positions)}; give one "
            "label per row."
        )
    return positions, values


def plain_array(values: list[Any]) -> NDArray[Any]:
    """Return an array, of objects where values are of several types."""
    kinds = set(map(type, values))
    is_plain = len(kinds) == 1 or kinds == {int, float}
    if is_plain and kinds != {type(None)}:
        return np.array(values)
    return np.fromiter(values, dtype=object, count=len(values))


def _as_times(seconds: Sequence[float | None]) -> NDArray[np.datetime64]:
    """Return times from seconds since 1970."""
    known = np.array(seconds, np.float64)
    times = np.full(len(known), np.datetime64("NaT", "us"))
    is_known = ~np.isnan(known)
    times[is_known] = (known[is_known] * 1e6).astype(np.int64).astype("M8[us]")
    return times


def answer_table(answers: Sequence[tuple[Any, ...]], keys: RowKeys) -> Any:
    """Return a frame with a row for each answer, or a dict without pandas."""
    columns = list(zip(*answers, strict=True)) if answers else [()] * 9
    rows, who, labels, notes, seconds, told, asked, scores, rounds = columns
    values = [None if text is None else json.loads(text) for text in labels]
    names = [json.loads(key) for key in rows] if keys.has_ids else list(rows)
    table = {
        "row": keys.find(rows),
        "key": plain_array(names),
        "label": plain_array(values),
        "annotator": plain_array([name or None for name in who]),
        "seconds": np.array(seconds, np.float64),
        "note": plain_array(list(notes)),
        "score": np.array(scores, np.float64),
        "round": np.array([number or 0 for number in rounds], np.int64),
        "asked": _as_times(asked),
        "told": _as_times(told),
    }
    if installed_version("pandas") is None:
        return table
    return require("pandas", "export").DataFrame(table)
