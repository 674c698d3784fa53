"""How Sphinx makes the site: ``python -m sphinx -W --keep-going -b html docs docs/_build/html``.

Theme and conventions are those of dask's own documentation. Nothing is fetched while it is built.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

from sphinx.application import Sphinx

import dask_backend_config

project = "dask_backend_config"
author = "the developers of dask_backend_config"
copyright = author  # noqa: A001 - Sphinx's own word
release = version = dask_backend_config.__version__

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
]
exclude_patterns = ["_build"]
#: Pages whose text is a file of the repository, where people look for it.
ELSEWHERE = {
    "changelog": "CHANGELOG.md",
    "contributing": "CONTRIBUTING.md",
    "one-node": "one-node/README.md",
}
nitpicky = True

myst_heading_anchors = 4
# Names of checks and keys in headings are code: no curly quotes, no dashes out of "--".
smartquotes = False

default_role = "literal"  # of docstrings
numpydoc_show_class_members = False
numpydoc_xref_param_type = False
autodoc_typehints = "none"  # numpydoc's sections say them
autodoc_member_order = "bysource"

copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
copybutton_only_copy_prompt_lines = True

templates_path = ["_templates"]
html_theme = "dask_sphinx_theme"
html_theme_options: dict[str, list[str]] = {
    "navbar_persistent": []
}  # the side bar has a field for searches
html_title = f"dask_backend_config {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False


def text_from_elsewhere(app: Sphinx, page: str, source: list[str]) -> None:
    """Put a file of the repository in the place of the page that points to it."""
    if page in ELSEWHERE:
        path = Path(app.srcdir).parent / ELSEWHERE[page]
        app.env.note_dependency(str(path))
        link = _seen_from_docs(ELSEWHERE[page])
        source[0] = re.sub(r"(?<=\]\()[\w./-]+\.md", link, path.read_text())


def _seen_from_docs(file: str) -> Callable[[re.Match[str]], str]:
    pages = {name: f"{page}.md" for page, name in ELSEWHERE.items()} | {"README.md": "index.md"}

    def link(match: re.Match[str]) -> str:
        target = os.path.normpath(os.path.join(os.path.dirname(file), match.group()))
        return pages.get(target) or os.path.relpath(target, "docs")

    return link


def without_foreign_fonts(app: Sphinx, failure: Exception | None) -> None:
    """Take out of the theme's style what would fetch fonts from another server."""
    style = Path(app.outdir) / "_static" / "css" / "style.css"
    if failure is None and style.exists():
        style.write_text(re.sub(r'@import url\("https?:.*\n', "", style.read_text()))


def setup(app: Sphinx) -> None:
    """Where Sphinx asks for what this project adds."""
    app.connect("source-read", text_from_elsewhere)
    app.connect("build-finished", without_foreign_fonts)
