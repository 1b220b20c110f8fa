# SPDX-License-Identifier: BSD-3-Clause
"""Writes docs/api.rst from what every package exports, before the build begins."""

import inspect
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

import skx

DOCS = Path(__file__).parents[1]


def public_modules() -> Iterator[ModuleType]:
    """Packages of skx in alphabetical order, each before its public modules."""
    for package in iter_modules(skx.__path__):
        if package.ispkg and not package.name.startswith("_"):
            module = import_module(f"skx.{package.name}")
            yield module
            for name in module.__all__:
                if inspect.ismodule(value := getattr(module, name)):
                    yield value


def kind(value: Any) -> str:
    if not inspect.isclass(value):
        return "Functions"
    fits = hasattr(value, "fit") or hasattr(value, "fit_resample")
    return "Estimators" if fits else "Other classes"


def exported(module: ModuleType) -> dict[str, list[str]]:
    """Names that a module exports, by their kind."""
    groups: dict[str, list[str]] = {
        "Estimators": [],
        "Other classes": [],
        "Functions": [],
    }
    for name in sorted(module.__all__, key=str.lower):
        value = getattr(module, name)
        if not inspect.ismodule(value):
            groups[kind(value)].append(name)
    return {title: names for title, names in groups.items() if names}


def listing(names: Iterable[str]) -> list[str]:
    options = ["   :toctree: api/generated", "   :nosignatures:", ""]
    return [".. autosummary::", *options, *(f"   {name}" for name in names), ""]


def section(module: ModuleType) -> list[str]:
    name = module.__name__
    lines = [name, "-" * len(name), "", f".. automodule:: {name}", "   :no-members:"]
    guide = "user_guide/" + "/".join(name.split(".")[1:])
    if (DOCS / f"{guide}.rst").exists():
        lines += ["", f"User guide: :doc:`{guide}`."]
    lines += ["", f".. currentmodule:: {name}", ""]
    groups = exported(module)
    for title, names in groups.items():
        if len(groups) > 1:
            lines += [f".. rubric:: {title}", ""]
        lines += listing(names)
    return lines


def page() -> str:
    """Return the text of the page."""
    lines = ["API", "===", ""]
    for module in public_modules():
        lines += section(module)
    lines += ["skx", "---", "", ".. currentmodule:: skx", ""]
    lines += listing(sorted(skx._LAZY_FUNCTIONS))
    return "\n".join(lines)


def write(app: Any, config: Any) -> None:
    path = DOCS / "api.rst"
    # The same text again would make Sphinx read it, and all that it lists, anew.
    if not path.exists() or path.read_text(encoding="utf-8") != page():
        path.write_text(page(), encoding="utf-8")


def setup(app: Any) -> dict[str, Any]:
    # Sphinx looks for pages after this event.
    app.connect("config-inited", write)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
