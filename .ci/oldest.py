# SPDX-License-Identifier: BSD-3-Clause
"""Print pip constraints for the oldest versions that pyproject.toml allows.

``numpy>=2.0`` becomes ``numpy==2.0.*``: the oldest minor version, with its fixes.
"""

import re
import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"


def constraint(requirement: str) -> str:
    """Turn ``name>=version`` into ``name==version.*``."""
    bound = re.fullmatch(r"([\w-]+)>=([\d.]+)", requirement)
    if bound is None:
        raise SystemExit(f"{requirement!r} has no plain lower bound.")
    return f"{bound[1]}=={bound[2]}.*"


def main() -> None:
    """Print one constraint for each dependency and data frame library."""
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    for requirement in [
        *project["dependencies"],
        *project["optional-dependencies"]["dataframe"],
    ]:
        print(constraint(requirement))


if __name__ == "__main__":
    main()
