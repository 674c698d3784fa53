"""Configuration of Sphinx: ``python -m sphinx -W --keep-going -b html docs docs/_build/html``.

Nothing is downloaded while the site is built or read.
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
copyright = author  # noqa: A001 - the name is Sphinx's
release = version = dask_backend_config.__version__

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
]
exclude_patterns = ["_build"]
#: Pages whose text is a file outside of docs/, where people expect it.
FILES_OF_REPOSITORY = {
    "changelog": "CHANGELOG.md",
    "contributing": "CONTRIBUTING.md",
    "one-node": "one-node/README.md",
}
nitpicky = True

myst_heading_anchors = 4
# Checks and keys in headings are code: keep quotes and "--" as they are.
smartquotes = False

default_role = "literal"  # of docstrings
numpydoc_show_class_members = False
numpydoc_xref_param_type = False
autodoc_typehints = "none"  # numpydoc's sections have them
autodoc_member_order = "bysource"

copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
copybutton_only_copy_prompt_lines = True

html_theme = "furo"
html_title = f"dask_backend_config {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False


def include_repository_file(app: Sphinx, page: str, source: list[str]) -> None:
    """Replace the text of a page by the file of the repository that it stands for."""
    if page in FILES_OF_REPOSITORY:
        path = Path(app.srcdir).parent / FILES_OF_REPOSITORY[page]
        app.env.note_dependency(str(path))
        link = _link_from_docs(FILES_OF_REPOSITORY[page])
        source[0] = re.sub(r"(?<=\]\()[\w./-]+\.md", link, path.read_text())


def _link_from_docs(file: str) -> Callable[[re.Match[str]], str]:
    pages = {name: f"{page}.md" for page, name in FILES_OF_REPOSITORY.items()}
    pages["README.md"] = "index.md"

    def link(match: re.Match[str]) -> str:
        target = os.path.normpath(os.path.join(os.path.dirname(file), match.group()))
        return pages.get(target) or os.path.relpath(target, "docs")

    return link


def setup(app: Sphinx) -> None:
    """Connect what this project adds to Sphinx."""
    app.connect("source-read", include_repository_file)
