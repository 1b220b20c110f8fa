# SPDX-License-Identifier: BSD-3-Clause
"""Rules in other languages; each says of any row what the rules say."""

from collections.abc import Callable
from functools import partial
from typing import Any

from skx.rules._export._dict import (
    from_dict,
    read_attributes,
    read_probabilities,
    to_dict,
    to_json,
)
from skx.rules._export._html import to_html
from skx.rules._export._logic import to_logic
from skx.rules._export._python import to_python
from skx.rules._export._sql import to_sql
from skx.rules._export._text import condition_text, rule_text, to_text, value_text
from skx.rules._ruleset import RuleSet

FORMATS: dict[str, Callable[..., str]] = {
    "text": to_text,
    "html": to_html,
    "json": to_json,
    "python": to_python,
    "sql": to_sql,
    "scasp": partial(to_logic, language="scasp"),
    "prolog": partial(to_logic, language="prolog"),
    "clingo": partial(to_logic, language="clingo"),
}

__all__ = [
    "FORMATS",
    "condition_text",
    "export",
    "from_dict",
    "read_attributes",
    "read_probabilities",
    "rule_text",
    "to_dict",
    "value_text",
]


def export(rules: RuleSet, format: str, **options: Any) -> str:
    """Return rules in another language, see `RuleSet.export`."""
    if format not in FORMATS:
        raise ValueError(
            f"format is {format!r}; expected one of {', '.join(map(repr, FORMATS))}."
        )
    return FORMATS[format](rules, **options)
