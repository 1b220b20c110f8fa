# SPDX-License-Identifier: BSD-3-Clause
"""Check the links inside the built documentation: ``links.py docs/_build/html``.

Every file that a page names must be there, and every anchor in it.
"""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    """What a page links to, and the anchors it has."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect what one element has."""
        for name, value in attrs:
            if not value:
                continue
            if name == "id" or (name == "name" and tag == "a"):
                self.anchors.add(value)
            elif name in ("href", "src"):
                self.links.append(value)


def broken_links(folder: Path) -> list[str]:
    """Return the links of all pages that lead nowhere, each with its page."""
    pages = {
        path: Page(path)
        for path in sorted(folder.rglob("*.html"))
        if "_static" not in path.parts  # the theme keeps a template there
    }
    if not pages:
        return [f"no page in {folder}"]
    broken = []
    for path, page in pages.items():
        for link in dict.fromkeys(page.links):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = path
            if parts.path:
                target = (path.parent / unquote(parts.path)).resolve()
            name = unquote(parts.fragment)
            # The beginning of a page has no anchor, nor has text to be looked up in it.
            named = name and name != "top" and not name.startswith(":~:")
            if not target.is_relative_to(folder) or not target.is_file():
                broken.append(f"{path.relative_to(folder)}: no file {link}")
            elif named and target in pages and name not in pages[target].anchors:
                broken.append(f"{path.relative_to(folder)}: no anchor {link}")
    print(
        f"{sum(len(page.links) for page in pages.values())} links in {len(pages)} pages"
    )
    return broken


def main() -> int:
    """Check the folder that the command line names."""
    broken = broken_links(Path(sys.argv[1]).resolve())
    print(*broken, sep="\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
