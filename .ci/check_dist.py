# SPDX-License-Identifier: BSD-3-Clause
"""Check what a folder's wheel and sdist hold: ``python .ci/check_dist.py DIST``."""

import sys
import tarfile
import zipfile
from pathlib import Path

MAX_WHEEL_BYTES = 4_800_000
IN_WHEEL = [
    "skx/__init__.py",
    "skx/py.typed",
    "skx/datasets/data/README.md",
    "skx/datasets/data/schema.json",
    "skx/datasets/data/nass_cds.csv.gz",
]
IN_SDIST = [
    *IN_WHEEL,
    "CHANGELOG.md",
    "CITATION.cff",
    "LICENSE",
    "README.md",
    "docs/conf.py",
    "pyproject.toml",
    "tests/test_docs.py",
]


def problems(folder: Path) -> list[str]:
    """Say everything that is wrong with the one wheel and the one sdist of a folder."""
    (wheel,) = folder.glob("*.whl")
    (sdist,) = folder.glob("*.tar.gz")
    found = []
    size = wheel.stat().st_size
    if size > MAX_WHEEL_BYTES:
        found.append(f"{wheel.name} has {size} bytes, more than {MAX_WHEEL_BYTES}")
    if not wheel.name.endswith("-py3-none-any.whl"):
        found.append(f"{wheel.name} is not for every platform")
    names = zipfile.ZipFile(wheel).namelist()
    found += [f"the wheel lacks {name}" for name in IN_WHEEL if name not in names]
    found += [
        f"the wheel holds {name}, which is not the package's"
        for name in names
        if not name.startswith("skx/") and ".dist-info/" not in name
    ]
    found += [
        f"the wheel holds {name}, which is built"
        for name in names
        if name.endswith((".pyc", ".nbi", ".nbc"))
    ]
    if not any(name.endswith(".dist-info/licenses/LICENSE") for name in names):
        found.append("the wheel lacks LICENSE")
    with tarfile.open(sdist) as archive:
        members = {name.partition("/")[2] for name in archive.getnames()}
    found += [f"the sdist lacks {name}" for name in IN_SDIST if name not in members]
    print(f"{wheel.name}: {len(names)} files, {size} bytes")
    print(f"{sdist.name}: {len(members)} files, {sdist.stat().st_size} bytes")
    return found


if __name__ == "__main__":
    wrong = problems(Path(sys.argv[1]))
    print("\n".join(wrong))
    sys.exit(1 if wrong else 0)
