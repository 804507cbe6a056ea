"""Pages of the site that are no files of docs/: those of the project's root, and the API reference.

MkDocs calls `on_config`, `on_files`, `on_page_markdown` and `on_page_content`. The reference has
one page for each public module of the packages in `ROOMS`, so that a module that is renamed or
added needs no change here.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"
ROOMS = ("geosites.client", "geosites.analysis")
PICTURE = re.compile(r'(<img\b[^>]*\bsrc="([^"]+)"[^>]*>)(?!</a>)')
FILE_NAMED = re.compile(r"\[([\w./-]+\.md)\]\(([\w./-]+\.md)(#[\w-]*)?\)")
CODE = re.compile(r"(?<!<span></span>)<code>([^<]+)</code>")
JOINT = re.compile(r"(?<=\w)[_/=.,](?=\w)")
OPTION = re.compile(r"(?<![\w-])--?[a-z][\w-]*")
HEADING = re.compile(r"^# (.+)$", re.MULTILINE)
ROOT_PAGES = {
    "contributing.md": "CONTRIBUTING.md",
    "security.md": "SECURITY.md",
    "changelog.md": "CHANGELOG.md",
}


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Append the reference to the navigation."""
    (config.nav or []).append({"API reference": [_entry(_folder(room)) for room in ROOMS]})
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages of the project's root and one page a module."""
    for uri, name in ROOT_PAGES.items():
        files.append(File.generated(config, uri, content=_within_site((ROOT / name).read_text())))
    for room in ROOMS:
        for module in _modules(_folder(room)):
            files.append(File.generated(config, _uri(module), content=_reference(module)))
    return files


def on_page_markdown(markdown: str, page: Page, files: Files, **_: object) -> str:
    """Call a page that is linked by the name of its file what the menu or the page calls it."""

    def named(link: re.Match[str]) -> str:
        uri = normpath(join(dirname(page.file.src_uri), link[2]))
        title = _title(files.get_file_from_path(uri))
        return link[0] if title is None else f"[{title}]({link[2]}{link[3] or ''})"

    return FILE_NAMED.sub(named, markdown)


def on_page_content(html: str, **_: object) -> str:
    """Let each picture lead to itself, so that it can be read at its full size on a phone.

    Names in code may be broken at their joints, options of commands nowhere.
    """
    whole = CODE.sub(lambda one: f"<code>{_breaking(one[1])}</code>", html)
    return PICTURE.sub(r'<a href="\2">\1</a>', whole)


def _breaking(code: str) -> str:
    """Return code with places where a line may end."""
    joined = JOINT.sub(r"\g<0><wbr>", code)
    return OPTION.sub(r'<span class="whole">\g<0></span>', joined)


def _title(file: File | None) -> str | None:
    """Return the title of a page: that of the navigation, or else its heading."""
    if file is None:
        return None
    if file.page is not None and isinstance(file.page.title, str):
        return file.page.title
    heading = HEADING.search(file.content_string)
    return heading[1].replace("`", "") if heading else None


def _within_site(text: str) -> str:
    """Return a page of the root with its links as they are from the folder docs."""
    text = text.replace("](docs/", "](")
    for uri, name in ROOT_PAGES.items():
        text = text.replace(f"]({name})", f"]({uri})")
    return text


def _folder(name: str) -> Path:
    return SOURCE.joinpath(*name.split("."))


def _modules(path: Path) -> list[Path]:
    """Return a package and every public module and package below it, sorted."""
    if path.is_file():
        return [path]
    return [path, *(module for child in _children(path) for module in _modules(child))]


def _children(package: Path) -> list[Path]:
    return sorted(
        child
        for child in package.iterdir()
        if not child.name.startswith("_")
        and (child.suffix == ".py" or (child / "__init__.py").exists())
    )


def _name(module: Path) -> str:
    return ".".join(module.relative_to(SOURCE).with_suffix("").parts)


def _uri(module: Path) -> str:
    folder = module.relative_to(SOURCE).with_suffix("")
    return f"reference/{folder}/index.md" if module.is_dir() else f"reference/{folder}.md"


def _entry(module: Path) -> dict[str, Any]:
    """Return the entry of a module in the navigation; that of a package holds its modules."""
    if module.is_file():
        return {module.stem: _uri(module)}
    children = [_entry(child) for child in _children(module)]
    label = _name(module) if _name(module) in ROOMS else module.name
    return {label: [_uri(module), *children]}


def _reference(module: Path) -> str:
    """Return the page of a module; that of a package lists its modules by their first lines."""
    lines = [f"# {_name(module)}", "", f"::: {_name(module)}", ""]
    if module.is_dir():
        lines += ["    options:", "      members: false", "", "## Modules", ""]
        lines += ["| module | holds |", "|---|---|"]
        lines += [_row(child) for child in _children(module)]
    return "\n".join(lines) + "\n"


def _row(child: Path) -> str:
    target = f"{child.name}/index.md" if child.is_dir() else f"{child.stem}.md"
    return f"| [`{child.stem}`]({target}) | {_first_line(child)} |"


def _first_line(module: Path) -> str:
    """Return the first sentence of a module's docstring, as the cell of a table."""
    source = (module / "__init__.py" if module.is_dir() else module).read_text()
    text = ast.get_docstring(ast.parse(source)) or ""
    return " ".join(text.partition("\n\n")[0].split()).replace("|", "\\|")
