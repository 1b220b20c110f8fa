# SPDX-License-Identifier: BSD-3-Clause
"""Rules as an HTML table, for notebooks and pages."""

from collections.abc import Sequence
from html import escape
from math import isnan

from skx.rules._export._text import conditions_text, value_text
from skx.rules._ruleset import Rule, RuleSet

SHOWN = 200  # rules; the others are folded
LEFT = 'style="text-align:left;vertical-align:top"'
RIGHT = 'style="text-align:right;vertical-align:top"'


def to_html(rules: RuleSet) -> str:
    """Return rules as a table; what is beyond the first 200 rules is folded away."""
    total = sum(rule.support for rule in rules.rules)
    rows = [_row(k, rule, rules, total) for k, rule in enumerate(rules.rules)]
    default = escape(value_text(rules.classes[rules.default]))
    last = f"<tr><td></td><td {LEFT}>{default}</td><td {LEFT}>otherwise</td></tr>"
    size = escape(
        f"{rules.n_rules} rules, exceptions included, with {rules.n_conditions} "
        "conditions; the first that applies decides."
    )
    if len(rows) <= SHOWN:
        return f"<div><p>{size}</p>{_table([*rows, last])}</div>"
    folded = _table([*rows[SHOWN:], last])
    return (
        f"<div><p>{size}</p>{_table(rows[:SHOWN])}"
        f"<details><summary>{len(rows) - SHOWN} more rules</summary>{folded}</details>"
        "</div>"
    )


def _table(rows: Sequence[str]) -> str:
    names = ("", "class", "rule", "support", "coverage", "precision")
    head = "".join(f'<th scope="col" {LEFT}>{name}</th>' for name in names)
    return (
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _row(k: int, rule: Rule, rules: RuleSet, total: float) -> str:
    label = escape(value_text(rules.classes[rule.label]))
    share = 100.0 * rule.support / total if total > 0.0 else 0.0
    bar = (
        f"background:linear-gradient(to left,rgba(70,130,180,.3) {share:.1f}%,"
        f"transparent {share:.1f}%)"
    )
    precision = "-" if isnan(rule.precision) else f"{rule.precision:.3f}"
    return (
        f"<tr><td {RIGHT}>{k}</td><td {LEFT}>{label}</td>"
        f"<td {LEFT}>{_body(rule, rules)}</td>"
        f'<td style="text-align:right;vertical-align:top;{bar}">{rule.support:g}</td>'
        f"<td {RIGHT}>{rule.coverage:g}</td><td {RIGHT}>{precision}</td></tr>"
    )


def _body(rule: Rule, rules: RuleSet) -> str:
    text = escape(conditions_text(rule, rules))
    if not rule.exceptions:
        return text
    items = "".join(
        f"<li>unless {_body(exception, rules)}</li>" for exception in rule.exceptions
    )
    return f'{text}<ul style="margin:0">{items}</ul>'
