"""The pages of the Python interface: one per package, with the names it exports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from scripts.reference_pages.markdown import NOTICE

_WHOLE_MODULES = {
    "foundation": (
        "Foundation",
        "Errors, numbers with a source, random streams, and the checks of the tables.",
        (
            "cereblon.core.errors",
            "cereblon.core.parameter",
            "cereblon.core.random_streams",
            "cereblon.tables.conform",
        ),
    ),
    "kinetics": (
        "Kinetics",
        "Linear drugs as sums of exponentials, proteasome occupancy and saturating effects, for one subject.",
        (
            "cereblon.model.drugs.disposition",
            "cereblon.model.drugs.exposure",
            "cereblon.model.drugs.occupancy",
            "cereblon.model.drugs.saturation",
        ),
    ),
    "exposure": (
        "Exposure",
        "Courses of doses in many subjects, their metrics, and event data sets in and out.",
        (
            "cereblon.model.drugs.kinetics",
            "cereblon.model.drugs.patient",
            "cereblon.model.exposure.course",
            "cereblon.model.exposure.exposure",
            "cereblon.model.exposure.noncompartmental",
            "cereblon.model.exposure.residual",
            "cereblon.model.exposure.event_reading",
            "cereblon.model.exposure.event_table",
            "cereblon.model.exposure.event_simulation",
            "cereblon.model.exposure.event_writing",
            "cereblon.model.exposure.hourly",
        ),
    ),
}


def interface_pages(source: Path) -> dict[str, str]:
    """Make a page per package that exports names, and one per group of modules; `source` is the folder `src`."""
    made = {}
    for package, names in exported_names(source).items():
        stem = package.removeprefix("cereblon.").replace(".", "-")
        title = stem.replace("-", " ").capitalize()
        about = (ast.get_docstring(ast.parse(_init(source, package).read_text(encoding="utf-8"))) or "").strip()
        own = {name: module for name, module in names.items() if module.startswith(f"{package}.")}
        entries = "\n\n".join(f"::: {module}.{name}" for name, module in own.items())
        entries += _borrowed({name: module for name, module in names.items() if name not in own})
        shown = f"```python\nfrom {package} import {next(iter(names))}\n```"
        made[f"{stem}.md"] = f"# {title}\n{NOTICE}\n{about}\n\n{shown}\n\n{entries}\n"
    for stem, (title, about, modules) in _WHOLE_MODULES.items():
        entries = "\n\n".join(f"## {module}\n\n::: {module}\n    options: {_MODULE}" for module in modules)
        made[f"{stem}.md"] = f"# {title}\n{NOTICE}\n{about}\n\n{entries}\n"
    return made


def _borrowed(names: dict[str, str]) -> str:
    """Point to the pages of the packages that names come from: each is described once."""
    links = ", ".join(f"[`{name}`][{module}.{name}]" for name, module in names.items())
    return f"\n\nAlso from here, and described with their own package: {links}." if links else ""


_MODULE = "{show_root_heading: false, show_root_toc_entry: false, show_if_no_docstring: false}"


def exported_names(source: Path) -> dict[str, dict[str, str]]:
    """Name what each package exports (what its `__init__` imports as itself), with the defining module.

    What a package imports only when it is asked for, it names below `if TYPE_CHECKING`; a room is no name.
    """
    found = {}
    for init in sorted((source / "cereblon").rglob("__init__.py")):
        names = {
            alias.name: str(node.module)
            for node in _at_top(ast.parse(init.read_text(encoding="utf-8")))
            if isinstance(node, ast.ImportFrom) and node.module != "cereblon"
            for alias in node.names
            if alias.asname == alias.name
        }
        if names:
            found[".".join(init.parent.relative_to(source).parts)] = names
    return found


def _at_top(tree: ast.Module) -> Iterator[ast.stmt]:
    for node in tree.body:
        is_for_types = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        yield from node.body if isinstance(node, ast.If) and is_for_types else [node]


def _init(source: Path, package: str) -> Path:
    return source.joinpath(*package.split(".")) / "__init__.py"
