# SPDX-License-Identifier: BSD-3-Clause
"""Sphinx configuration: ``sphinx-build -W --keep-going -b html docs docs/_build/html``.

Nothing is fetched: formulas become MathML, and links to scikit-learn's pages are made
only where ``SKX_DOCS_INTERSPHINX=1`` allows the network.
"""

import os
import re
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("MPLBACKEND", "agg")
# From a page of the gallery to here: diagrams in it link to the pages beside them.
os.environ["SKX_DOCS_URL"] = "../.."
sys.path.insert(0, str(Path(__file__).parent / "_ext"))

import skx

project = "skx"
author = "the skx developers"
copyright = author
version = release = skx.__version__

extensions = [
    "api_page",
    "benchmark_results",
    "compliance",
    "mathml",
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
LINK_OUT = os.environ.get("SKX_DOCS_INTERSPHINX") == "1"
if LINK_OUT:
    extensions.append("sphinx.ext.intersphinx")
    intersphinx_mapping = {
        "sklearn": ("https://scikit-learn.org/stable", None),
        "imblearn": ("https://imbalanced-learn.org/stable", None),
    }

templates_path = ["_templates"]
exclude_patterns = ["_build", "_ext", "_measured", "examples", "**/GALLERY_HEADER.rst"]
default_role = "py:obj"
html_math_renderer = "mathml"

autosummary_generate = True
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

sphinx_gallery_conf = {
    "examples_dirs": "examples",
    "gallery_dirs": "auto_examples",
    "backreferences_dir": "api/generated/backreferences",
    "doc_module": ("skx",),
    "filename_pattern": r"plot_",
    "within_subsection_order": "FileNameSortKey",
    "show_memory": False,
    "write_computation_times": False,
    "show_signature": False,
    "reset_modules": ("matplotlib", "strict_examples.reset"),
    "reset_modules_order": "both",
}

html_theme = "pydata_sphinx_theme"
html_title = "skx"
html_static_path = ["_static"]
html_css_files = ["skx.css"]
html_favicon = "_static/favicon.svg"
html_context = {"default_mode": "auto"}
html_show_sourcelink = False
# The names of methods alone, which fit into the sidebar.
toc_object_entries_show_parents = "hide"
html_theme_options = {
    "show_prev_next": False,
    "show_toc_level": 2,
    "navbar_align": "left",
    "secondary_sidebar_items": ["page-toc", "sg_download_links"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "tango",
}
# The width is for text, tables and code; the breadcrumbs lead back.
html_sidebars = {"**": []}


def clean_docstring(
    app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]
) -> None:
    """Take out of docstrings what reStructuredText or an offline build trips over."""
    text = "\n".join(lines)
    # "(n_features_in_,)" is a shape, not a reference.
    text = re.sub(r"\((\w+)_,", r"(\1\\_,", text)
    if not LINK_OUT:
        # Methods inherited from scikit-learn refer to its user guide.
        text = re.sub(r":ref:`([^<`]+) <[^`]+>`", r"\1", text)
    lines[:] = text.split("\n")


def setup(app: Any) -> None:
    """Clean docstrings before numpydoc, whose priority is 500, reads them."""
    app.connect("autodoc-process-docstring", clean_docstring, priority=100)
