# SPDX-License-Identifier: Apache-2.0
"""How Sphinx makes the site of the pages in docs/, which are to be read on their own as well.

The root of the sources is that of the project, so that links from page to page and to files are the same in both.
scripts/build_docs.sh sets ZIPDREAM_BUILD, the folder with the command and the Python module.
"""

import os
import re
import subprocess
import sys

root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
build = os.path.join(root, os.environ.get("ZIPDREAM_BUILD", "build/release"))
sys.path.insert(0, os.path.join(build, "python"))


def version_of_header():
    with open(os.path.join(root, "include/zipdream/runtime.h")) as header:
        return ".".join(re.findall(r"ZIPDREAM_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", header.read()))


project = "zipdream"
author = "The zipdream authors"
project_copyright = "the zipdream authors, under Apache-2.0"
version = release = version_of_header()

extensions = ["myst_parser", "breathe", "sphinx.ext.autodoc"]
root_doc = "docs/index"
include_patterns = ["docs/**", "samples/**/*.md", "models/**/*.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"]
exclude_patterns = ["build/**"]
nitpicky = False

myst_heading_anchors = 4
myst_enable_extensions = ["deflist"]

breathe_projects = {"zipdream": os.path.join(root, "build/doxygen/xml")}
breathe_default_project = "zipdream"
breathe_domain_by_file_pattern = {"*/zipdream_c.h": "c"}
cpp_id_attributes = ["ZIPDREAM_API"]
c_id_attributes = ["ZIPDREAM_API"]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"

html_theme = "furo"
html_title = f"zipdream {version}"
html_show_sourcelink = False
html_copy_source = False
html_static_path = ["static"]
html_css_files = ["zipdream.css"]
html_extra_path = ["start"]
pygments_style = "default"
highlight_language = "text"


def write_commands(_app):
    """docs/reference/commands.md: what each command says of itself."""
    zipdream = os.path.join(build, "zipdream")

    def help_of(*words):
        return subprocess.run([zipdream, *words, "--help"], check=True, capture_output=True, text=True).stdout

    commands = re.findall(r"^  ([a-z][a-z-]*)", help_of().split("Subcommands:")[1], re.M)
    page = ["# Commands", "", "What `zipdream help COMMAND` and `man zipdream-COMMAND` say.", ""]
    for command in commands:
        page += [f"## {command}", "", "```text", help_of(command).strip(), "```", ""]
    with open(os.path.join(root, "docs/reference/commands.md"), "w") as file:
        file.write("\n".join(page))


def folder_as_text(_app, _environment, node, content):
    """Links to folders of the sources, which are no pages, become their texts."""
    page = os.path.dirname(os.path.join(root, node.get("refdoc", "")))
    return content if os.path.isdir(os.path.join(page, node["reftarget"])) else None


def setup(app):
    app.connect("missing-reference", folder_as_text)
    app.connect("builder-inited", write_commands)
