# SPDX-License-Identifier: BSD-3-Clause
"""Rules as one CASE expression of SQL.

SQL knows a third truth value, for comparisons with NULL; every condition is written so
that it is true or false of NULL as well, and NOT may stand before it.
"""

from fractions import Fraction
from math import floor, frexp, isinf

from skx.rules._columns import Column, Level, key_of
from skx.rules._export._literals import (
    Literal,
    covering,
    is_number,
    literal_of,
    refuse,
    used_columns,
)
from skx.rules._ruleset import Rule, RuleSet
from skx.rules._times import time_text

INDENT = "    "


def to_sql(rules: RuleSet, dialect: str = "standard") -> str:
    """Return one CASE expression whose value is the class."""
    if dialect not in DIALECTS:
        raise ValueError(
            f"dialect is {dialect!r}; expected one of {', '.join(map(repr, DIALECTS))}."
        )
    writer = DIALECTS[dialect](rules)
    default = writer.constant(rules.classes[rules.default])
    whens = [
        f"WHEN {writer.rule(rule, 1)}\n"
        f"{INDENT}THEN {writer.constant(rules.classes[rule.label])}\n"
        for rule in covering(rules.rules)
    ]
    return f"CASE\n{''.join(whens)}ELSE {default}\nEND" if whens else default


class Standard:
    """SQL as ISO 9075 has it: columns have types, and NaN is stored as NULL."""

    folds_case = False  # whether "Age" and "age" are the same column

    def __init__(self, rules: RuleSet) -> None:
        self.rules = rules
        self.columns = used_columns(rules)
        if self.folds_case:
            self._check_case([column.name for column in rules.columns])

    def _check_case(self, names: list[str]) -> None:
        used = {column.name.lower(): column.name for column in self.columns.values()}
        for name in names:
            other = used.get(name.lower(), name)
            if other != name:
                raise ValueError(
                    f"Columns {name!r} and {other!r} differ in case alone, and are "
                    "the same to this database; rename one and fit again."
                )

    def rule(self, rule: Rule, depth: int) -> str:
        """Return when a rule covers a row."""
        parts = [self.condition(literal_of(c, self.rules)) for c in rule.conditions]
        parts += [
            f"NOT ({self.rule(exception, depth + 1)})"
            for exception in covering(rule.exceptions)
        ]
        return f"\n{INDENT * depth}AND ".join(parts)

    def condition(self, literal: Literal) -> str:
        """Return a condition that is true or false of anything, NULL too."""
        column, negated = self.columns[literal.feature], literal.negated
        name = quoted(column.name)
        if literal.test == "never":
            return "1 = 1" if negated else "1 = 0"
        if literal.test == "missing":
            test = self.present if negated else self.missing
            return f"({test(name, column)})"
        if literal.test == "equal":
            self.check_type(column)
            value = self.constant(literal.value, column)
            if negated:
                return f"({name} IS NULL OR {name} <> {value})"
            return f"({name} IS NOT NULL AND {name} = {value})"
        return self.ordered(name, column, literal)

    def ordered(self, name: str, column: Column, literal: Literal) -> str:
        """Return a comparison with a number."""
        self.check_type(column)
        value = self.number(literal.value, column)
        is_upper = (literal.test == "at_most") != literal.negated
        sign = "<=" if is_upper else ">"
        # What is at most a number is no NaN, so only the other test has to ask.
        ask = literal.test == "above"
        if literal.negated:
            no_number = self.missing(name, column if ask else None)
            return f"({no_number} OR {name} {sign} {value})"
        some_number = self.present(name, column if ask else None)
        return f"({some_number} AND {name} {sign} {value})"

    def check_type(self, column: Column) -> None:
        """Refuse a column that needs more than one type."""
        types = {key_of(level)[0] for level in column.levels}
        if column.kind != "category":
            types.add("number")
        if len(types) > 1:
            raise ValueError(
                f"Column {column.name!r} holds {' and '.join(sorted(types))}, which a "
                "column of standard SQL cannot; use dialect='sqlite', or split it in "
                "two columns before fit."
            )

    def missing(self, name: str, column: Column | None) -> str:
        """Return the test for a missing value."""
        return f"{name} IS NULL"

    def present(self, name: str, column: Column | None) -> str:
        """Return the test for anything else."""
        return f"{name} IS NOT NULL"

    def number(self, value: float, column: Column) -> str:
        """Return a number to compare with, and the time that it stands for."""
        text = self.double(value)
        time = time_text(value, column.times) if column.times else None
        return text if time is None else f"{text} /* {time} */"

    def double(self, value: float) -> str:
        """Return a floating-point literal: without exponent it would be a decimal."""
        if isinf(value):
            sign = "-" if value < 0 else ""
            return f"CAST('{sign}Infinity' AS DOUBLE PRECISION)"
        text = repr(value)
        return text if "e" in text else f"{text}e0"

    def constant(self, value: Level, column: Column | None = None) -> str:
        """Return a class or a category."""
        if hasattr(value, "item"):
            value = value.item()
        if isinstance(value, bool):
            return "TRUE" if value else "FALSE"
        if isinstance(value, str):
            if "\0" in value:
                raise refuse(value, column, "SQL, whose text has no NUL character,")
            return "'" + value.replace("'", "''") + "'"
        if is_number(value):
            return repr(value) if isinstance(value, int) else self.double(float(value))
        raise refuse(value, column, "SQL")


class DuckDB(Standard):
    """DuckDB, where NaN is a number above all others."""

    folds_case = True

    def missing(self, name: str, column: Column | None) -> str:
        """Return the test for NULL, and NaN among numbers."""
        null = super().missing(name, column)
        return f"{null} OR isnan({name})" if _has_numbers(column) else null

    def present(self, name: str, column: Column | None) -> str:
        """Return the test for anything else."""
        some = super().present(name, column)
        return f"{some} AND NOT isnan({name})" if _has_numbers(column) else some


class SQLite(Standard):
    """SQLite, where each value has a type of its own and there is no boolean."""

    folds_case = True

    def ordered(self, name: str, column: Column, literal: Literal) -> str:
        """Return a comparison with a number."""
        self.check_type(column)
        value = self.number(literal.value, column)
        is_upper = (literal.test == "at_most") != literal.negated
        sign = "<=" if is_upper else ">"
        # The model compares doubles; SQLite itself would compare integers exactly.
        test = f"CAST({name} AS REAL) {sign} {value}"
        if literal.negated:
            return f"(typeof({name}) NOT IN ('integer', 'real') OR {test})"
        return f"(typeof({name}) IN ('integer', 'real') AND {test})"

    def check_type(self, column: Column) -> None:
        """Refuse a column where a boolean would be taken for a number."""
        types = {key_of(level)[0] for level in column.levels}
        if "bool" in types and (column.kind == "mixed" or "number" in types):
            raise ValueError(
                f"Column {column.name!r} holds numbers and booleans, which are the "
                "same in SQLite; write the booleans as text before fit."
            )

    def condition(self, literal: Literal) -> str:
        """Return a condition that is true or false of anything, NULL too."""
        if literal.test != "equal":
            return super().condition(literal)
        column = self.columns[literal.feature]
        if not isinstance(literal.value, str):
            self.check_type(column)
        name = quoted(column.name)
        value = self.constant(literal.value, column)
        types = "'text'" if isinstance(literal.value, str) else "'integer', 'real'"
        if literal.negated:
            return f"(typeof({name}) NOT IN ({types}) OR {name} <> {value})"
        return f"(typeof({name}) IN ({types}) AND {name} = {value})"

    def double(self, value: float) -> str:
        """Return a literal that SQLite reads as this very double.

        It may miss the last bit of a decimal that is close to the middle of two
        doubles, or long; such a number is written as an integer times a power of two.
        """
        if isinf(value):
            return "-9e999" if value < 0 else "9e999"
        text = repr(value)
        if _is_easy(text, value):
            return text
        mantissa, exponent = frexp(value)
        whole, exponent = int(mantissa * 2**53), exponent - 53
        while whole % 2 == 0:
            whole, exponent = whole // 2, exponent + 1
        sign = " * " if exponent > 0 else " / "
        steps, rest = divmod(abs(exponent), 62)
        factors = [str(2**62)] * steps + ([str(2**rest)] if rest else [])
        return f"(/* {text} */ {sign.join([f'{whole}.0', *factors])})"


DIALECTS = {"standard": Standard, "duckdb": DuckDB, "sqlite": SQLite}


def quoted(name: str) -> str:
    """Return a column name as an identifier."""
    if "\0" in name:
        raise ValueError(
            f"Column {name!r} has a NUL character in its name, which SQL has not; "
            "rename it and fit again."
        )
    return '"' + name.replace('"', '""') + '"'


def _has_numbers(column: Column | None) -> bool:
    if column is None:
        return False
    return column.kind == "number" or any(map(is_number, column.levels))


def _is_easy(text: str, value: float) -> bool:
    """Whether one division or product of two exact doubles rounds to the value.

    True also where it is done with 64 bits and then rounded again.
    """
    digits, _, power = text.partition("e")
    whole, _, part = digits.partition(".")
    part = part.rstrip("0")
    if abs(int(whole + part)) >= 2**53 or abs(int(power or 0) - len(part)) > 22:
        return False
    # How far the decimal is from the middle of two neighbouring doubles, in their
    # distance: both roundings agree unless that is next to nothing.
    exact = abs(Fraction(text))
    if exact == 0:
        return True
    spacing = Fraction(2) ** (frexp(value)[1] - 53)
    place = exact / spacing
    middle = floor(place) + Fraction(1, 2)
    return abs(place - middle) > Fraction(1, 512)
