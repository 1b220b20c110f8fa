# SPDX-License-Identifier: BSD-3-Clause
"""Why a row has its class: the rule that decides, and what each condition says."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skx._optional import require
from skx.rules._columns import get_column, key_of, plain_value
from skx.rules._export import condition_text, rule_text, value_text
from skx.rules._ruleset import Condition, Rule, RuleSet
from skx.rules._times import read_time

STYLES = ("object", "text", "dict")
INDENT = "    "


@dataclass(frozen=True)
class Finding:
    """What a condition says of a row."""

    text: str
    value: Any
    holds: bool

    def __str__(self) -> str:
        verdict = "holds" if self.holds else "does not hold"
        return f"{self.text} {verdict} (it is {value_text(self.value)})"

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a dict."""
        is_time = read_time(self.value) is not None
        value = value_text(self.value) if is_time else self.value
        return {"condition": self.text, "value": value, "holds": self.holds}


@dataclass(frozen=True)
class Attempt:
    """What a rule or an exception says of a row.

    exceptions holds those that were tried: none if a condition fails, and none after
    the first that covers the row.
    """

    text: str
    conditions: tuple[Finding, ...]
    exceptions: tuple["Attempt", ...]

    @property
    def covers(self) -> bool:
        """Whether all conditions hold and no exception covers the row."""
        return all(c.holds for c in self.conditions) and not any(
            exception.covers for exception in self.exceptions
        )

    @property
    def failed(self) -> Finding | None:
        """The first condition that does not hold."""
        return next((c for c in self.conditions if not c.holds), None)

    def lines(self, head: str, depth: int) -> list[str]:
        """Lines on whether it covers the row: what fails, or all that was tried."""
        indent = INDENT * depth
        if self.failed is not None:
            return [f"{indent}{head} does not apply: {self.failed}"]
        verdict = "applies" if self.covers else "does not apply"
        return [f"{indent}{head} {verdict}:", *self.body(depth + 1)]

    def body(self, depth: int) -> list[str]:
        """Lines on each condition and exception, where all conditions hold."""
        lines = [f"{INDENT * depth}{finding}" for finding in self.conditions]
        for exception in self.exceptions:
            lines += exception.lines("exception", depth)
        return lines

    def to_dict(self) -> dict[str, Any]:
        """Return nested dicts and lists."""
        return {
            "rule": self.text,
            "covers": self.covers,
            "conditions": [finding.to_dict() for finding in self.conditions],
            "exceptions": [exception.to_dict() for exception in self.exceptions],
        }


@dataclass(frozen=True, repr=False)
class Explanation:
    """Why a row has its class; ``str`` and ``repr`` say it in words.

    Classifiers make it, see :meth:`FOLDSEClassifier.explain`. It is for one row at a
    time; for the model as a whole read ``rule_set_`` and ``rule_stats_``.

    Parameters
    ----------
    class_ : object
        The class.
    rule_index : int
        Position of the deciding rule in ``rules_``, -1 if none covers the row.
    decided : Attempt or None
        What the deciding rule says of the row: ``text``, ``covers``, ``conditions``
        (each with ``text``, the row's ``value`` and whether it ``holds``), and
        ``exceptions``, of the same form, that were tried. Exceptions are tried if all
        conditions hold, up to the first that covers the row.
    rejected : tuple of (int, Attempt)
        Position of rules that were tried before and do not cover the row, and what they
        say: all of them where no rule decides, else those that were asked for.
    record : str
        What the training rows say of the rule, as text that ``str`` appends.

    Examples
    --------
    >>> from skx.rules import FOLDSEClassifier
    >>> X = [["red", 1], ["red", 2], ["blue", 3], ["green", 4]]
    >>> model = FOLDSEClassifier().fit(X, ["stop", "stop", "go", "go"])
    >>> print(model.explain([["red", 7]])[0])
    'stop', by rule 0 (right for 100.0% of 2 training rows)
        x0 is 'red' holds (it is 'red')
    """

    class_: Any
    rule_index: int
    decided: Attempt | None
    rejected: tuple[tuple[int, Attempt], ...]
    record: str

    def __str__(self) -> str:
        label = value_text(self.class_)
        if self.decided is None:
            lines = [f"{label}, because no rule applies{self.record}"]
        else:
            lines = [f"{label}, by rule {self.rule_index}{self.record}"]
            lines += self.decided.body(1)
        for k, attempt in self.rejected:
            lines += attempt.lines(f"rule {k}", 1)
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)  # which a list of them shows, too

    def to_dict(self) -> dict[str, Any]:
        """Return the explanation as dicts and lists.

        Returns
        -------
        data : dict
            "class", "rule_index", "decided" and "rejected"; values are the row's own,
            but for times, which are ISO text.
        """
        decided = self.decided
        return {
            "class": self.class_,
            "rule_index": self.rule_index,
            "decided": None if decided is None else decided.to_dict(),
            "rejected": [
                {"rule_index": k, **attempt.to_dict()} for k, attempt in self.rejected
            ],
        }


class _Reader:
    """Truth of conditions on the rows of a table, each worked out once."""

    def __init__(self, rules: RuleSet, X: Any) -> None:
        self.rules = rules
        self._X = X
        self._truth: dict[tuple, NDArray[np.bool_]] = {}
        self._cells: dict[int, list[Any]] = {}

    def attempt(self, rule: Rule, row: int) -> Attempt:
        """Return what a rule says of a row."""
        findings = tuple(self._finding(c, row) for c in rule.conditions)
        tried: list[Attempt] = []
        # A rule without conditions covers nothing.
        if all(finding.holds for finding in findings):
            for exception in rule.exceptions:
                if not exception.conditions:
                    continue
                tried.append(self.attempt(exception, row))
                if tried[-1].covers:
                    break
        return Attempt(rule_text(rule, self.rules), findings, tuple(tried))

    def _finding(self, condition: Condition, row: int) -> Finding:
        j = condition.feature
        key = (j, condition.op, key_of(condition.value), condition.negated)
        if key not in self._truth:
            self._truth[key] = self.rules.fire(self._X, [Rule((condition,))]) == 0
        if j not in self._cells:
            self._cells[j] = [plain_value(v) for v in get_column(self._X, j)]
        text = condition_text(condition, self.rules.columns[j])
        return Finding(text, self._cells[j][row], bool(self._truth[key][row]))


def explain(
    rules: RuleSet, X: Any, default_record: str, *, all_rules: bool
) -> list[Explanation]:
    """Return an explanation for each row of a table that was opened."""
    reader = _Reader(rules, X)
    found = []
    for row, k in enumerate(rules.fire(X).tolist()):
        decided = k >= 0
        rule = rules.rules[k] if decided else None
        before = rules.rules[:k] if decided else rules.rules
        found.append(
            Explanation(
                plain_value(rules.classes[rule.label if rule else rules.default]),
                k,
                None if rule is None else reader.attempt(rule, row),
                _rejected(reader, before, row) if all_rules or not decided else (),
                default_record
                if rule is None
                else record(rule.precision, rule.support),
            )
        )
    return found


def _rejected(
    reader: _Reader, rules: Sequence[Rule], row: int
) -> tuple[tuple[int, Attempt], ...]:
    return tuple(
        (k, reader.attempt(rule, row))
        for k, rule in enumerate(rules)
        if rule.conditions
    )


def record(precision: float, support: float) -> str:
    """Return what rows say of a rule, where there are any."""
    if not support > 0.0:
        return ""
    return f" (right for {precision:.1%} of {support:g} training rows)"


def statistics(rules: RuleSet, counts: NDArray[np.float64] | None) -> Any:
    """Return a frame of what rows say of each rule, see ``rule_stats_``.

    counts (n_rules + 1, n_classes) are weights of the rows that each rule decides, last
    of those that none does; None where they are not known.
    """
    pandas = require("pandas", "rule_stats_", otherwise="read rules_")
    support = [rule.support for rule in rules.rules]
    precision = [rule.precision for rule in rules.rules]
    left = np.nan if counts is None else float(counts[-1].sum())
    right = np.nan if counts is None else float(counts[-1, rules.default])
    n = np.array([*support, left])
    p = np.array([*precision, right / left if left else np.nan])
    labels = [*(rule.label for rule in rules.rules), rules.default]
    names = [rule_text(rule, rules) for rule in rules.rules]
    return pandas.DataFrame(
        {
            "rule": [*names, "otherwise"],
            "class": rules.classes[np.array(labels, dtype=np.intp)],
            "support": n,
            "coverage": [*(rule.coverage for rule in rules.rules), left],
            "precision": p,
            "laplace": (p * n + 1.0) / (n + len(rules.classes)),
            "wilson": wilson_lower(p, n),
        },
        index=pandas.Index([*range(len(rules.rules)), -1], name="apply"),
    )


def wilson_lower(
    p: NDArray[np.float64], n: NDArray[np.float64], z: float = 3.0
) -> NDArray[np.float64]:
    """Return the lower end of the Wilson score interval of shares p among n rows.

    (p + z^2 / 2n - z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n), both
    sides of the fraction times n, so that n may be 0.
    """
    spread = z * np.sqrt(n * p * (1.0 - p) + z * z / 4.0)
    return (n * p + z * z / 2.0 - spread) / (n + z * z)
