# SPDX-License-Identifier: BSD-3-Clause
"""What a family declares: cases, and the peers they are measured against."""

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pkgutil import iter_modules
from typing import Any

import benchmarks

SCALES = ("S", "M", "L")
DEVICES = ("cpu", "cuda")


def installed_version(distribution: str) -> str | None:
    """Version of an installed distribution, None where it is absent."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


@dataclass(frozen=True, kw_only=True)
class Peer:
    """A library that solves the same task.

    ``run(data)`` imports the library itself, so that a family can be listed
    where the peer is absent; ``requires`` names its distributions as pip does.
    """

    name: str
    run: Callable[[Any], Any]
    requires: tuple[str, ...]

    def missing(self) -> list[str]:
        return [name for name in self.requires if installed_version(name) is None]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One task on one data set.

    ``make()`` builds the data, once in each process; ``skx(data)`` and
    ``peer.run(data)`` do the work and must leave the data as they were.
    ``check(skx_result, peer_result)`` raises AssertionError where the answers
    do not agree. ``goal`` is the least wanted ratio of peer time to skx time;
    ``most_s`` and ``most_mib`` are the most wanted wall seconds and extra memory.
    Cases that differ only in ``params[growth_key]`` give a growth exponent.
    """

    task: str
    make: Callable[[], Any]
    skx: Callable[[Any], Any]
    params: dict[str, Any] = field(default_factory=dict)
    peer: Peer | None = None
    goal: float | None = None
    most_s: float | None = None
    most_mib: float | None = None
    growth_key: str = "n"
    check: Callable[[Any, Any], None] | None = None

    @property
    def name(self) -> str:
        words = [self.task, *(f"{key}={value}" for key, value in self.params.items())]
        if self.peer is not None:
            words.append(f"vs {self.peer.name}")
        return " ".join(words)

    def sides(self) -> dict[str, Callable[[Any], Any]]:
        """Return what can run here: skx, and the peer where it is installed."""
        sides = {"skx": self.skx}
        if self.peer is not None and not self.peer.missing():
            sides["peer"] = self.peer.run
        return sides


def family_names() -> list[str]:
    """Public modules of this folder; each defines ``cases(scale) -> list[Case]``.

    Those with paths on a GPU define ``device_cases(scale)`` as well.
    """
    names = (m.name for m in iter_modules(benchmarks.__path__) if not m.ispkg)
    return sorted(name for name in names if not name.startswith("_"))


def load_cases(family: str, scale: str, device: str = "cpu") -> list[Case]:
    """Cases of a family; a name must be unique since child processes go by it."""
    module = import_module(f"benchmarks.{family}")
    if device == "cpu":
        cases = module.cases(scale)
    else:
        cases = module.device_cases(scale) if hasattr(module, "device_cases") else []
    names = [case.name for case in cases]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(
            f"Family {family!r} names these cases more than once: {', '.join(twice)}; "
            "tell them apart in params."
        )
    return cases
