"""My patients: tables of one's own are taken in, read back in words, built into a cohort and set beside trials."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from cereblon.app.forms import Field, Value, read_form
from cereblon.app.job_pages import listed
from cereblon.app.jobs import Jobs
from cereblon.app.rendering import page, render
from cereblon.app.simulations import sent_form
from cereblon.core.errors import CereblonError, InputError, unknown_name
from cereblon.core.names import shortened

if TYPE_CHECKING:
    from starlette.requests import Request

_MOST_BYTES = 2 * 2**30  # of one file; it is written as it comes and never held whole
_LONGEST_PATH = 100  # letters of one that are said back
_BUNDLE = re.compile(r"[0-9a-f]{12}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.-]{0,100}\.(?:csv|parquet|duckdb|ya?ml)", re.IGNORECASE)
_WHO = (
    ("treated", "everybody treated for myeloma"),
    ("newly_diagnosed", "newly diagnosed"),
    ("newly_diagnosed_strict", "newly diagnosed, with a marker or a drug"),
    ("maintenance", "on maintenance"),
)
_BY = (
    ("relaxed", "relaxed for practice"),
    ("strict", "strict IMWG"),
    ("real_world", "real-world: laboratory, next line or death"),
)
_FIELDS = (
    Field(name="definition", label="Who is in the cohort", kind="choice", start="treated", options=_WHO),
    Field(name="estimand", label="Response and progression", kind="choice", start="relaxed", options=_BY),
)


def routes(jobs: Jobs, tabs: Mapping[str, str]) -> list[Route]:
    """Give the routes of the tab."""
    views = _PatientViews(jobs, tabs)
    return [
        Route("/patients", views.tab),
        Route("/patients/files", views.new_bundle, methods=["POST"]),
        Route("/patients/files/{bundle}/{name}", views.take, methods=["PUT"]),
        Route("/patients/check", views.check),
        Route("/patients/start", views.start, methods=["POST"]),
    ]


class _PatientViews:
    def __init__(self, jobs: Jobs, tabs: Mapping[str, str]) -> None:
        self.jobs, self.tabs = jobs, tabs
        self.folder = jobs.folder / "files"

    async def tab(self, request: Request) -> Response:
        values = _values(request)
        form = render("fields.html.j2", fields=_FIELDS, values=values)
        built = listed(self.jobs, "cohort.build", "cohort.compare")
        source = request.query_params.get("source", "")
        content = render("patients.html.j2", form=Markup(form), source=source, jobs=built)
        known = ("source", *(field.name for field in _FIELDS))
        return HTMLResponse(page(self.tabs, "patients", content, request.query_params, known))

    async def new_bundle(self, _: Request) -> Response:
        bundle = secrets.token_hex(6)
        await run_in_threadpool(lambda: (self.folder / bundle).mkdir(parents=True, mode=0o700))
        return JSONResponse({"bundle": bundle, "source": str(self.folder / bundle)})

    async def take(self, request: Request) -> Response:
        bundle, name = request.path_params["bundle"], request.path_params["name"]
        place = self.folder / bundle
        if not _BUNDLE.fullmatch(bundle) or not place.is_dir():
            raise unknown_name("set of files", bundle, [])
        if not _NAME.fullmatch(name):
            raise InputError(
                f"{name}: is no table", hint="give CSV or Parquet files, a DuckDB file, or a mapping file"
            )
        taken = 0
        with (place / name).open("wb") as written:
            async for part in request.stream():
                taken += len(part)
                if taken > _MOST_BYTES:
                    raise InputError(f"{name}: is larger than 2 GB", hint="name its folder instead of dropping it")
                written.write(part)
        return JSONResponse({"name": name, "bytes": taken})

    async def check(self, request: Request) -> Response:
        values = _values(request)
        try:
            source = _source(request.query_params.get("source", ""))
            found = await run_in_threadpool(_checked, source, str(values["definition"]))
        except CereblonError as error:
            return JSONResponse({"ok": False, "words": self._said(error.message), "hint": error.hint or ""})
        return JSONResponse({"ok": True, "words": self._said(found), "hint": ""})

    def _said(self, words: str) -> str:
        """Leave out where dropped files are kept: nobody chose that place."""
        return re.sub(rf"{re.escape(str(self.folder))}/{_BUNDLE.pattern}", "the dropped files", words)

    async def start(self, request: Request) -> Response:
        sent = await sent_form(request)
        source = _source(sent.get("source", [""])[-1])
        values = read_form(_FIELDS, sent)
        options = {name: str(value) for name, value in values.items()}
        name = "dropped files" if source.parent == self.folder else source.name
        title = f"{dict(_WHO)[options['definition']].capitalize()}, {name}"
        job = await run_in_threadpool(self.jobs.start, title, "cohort.build", str(source), options)
        return RedirectResponse(f"/jobs/{job.key}", 303)


def _values(request: Request) -> dict[str, Value]:
    return read_form(_FIELDS, {name: request.query_params.getlist(name) for name in request.query_params})


def _source(given: str) -> Path:
    """Find what is to be read: a folder with one mapping file or one database stands for that file."""
    if not given.strip():
        raise InputError("no tables yet", hint="drop files above, or name a folder on this machine")
    if given.strip().lower().startswith(("postgres:", "postgresql:")):  # it may have a password, and jobs are kept
        raise InputError(
            "a database on a server is read by the command alone",
            hint="cereblon cohort build postgresql://USER@HOST/DATABASE --out cohort, and its page by --html",
        )
    place = Path(given.strip())
    try:
        place = place.expanduser()
        inside = sorted(place.iterdir()) if place.is_dir() else []
    except (OSError, RuntimeError) as error:  # a name that is too long, a folder that may not be read, no such home
        raise InputError(
            f"{shortened(str(place), _LONGEST_PATH)}: cannot be read", hint="name a folder on this machine"
        ) from error
    for endings in ((".yaml", ".yml"), (".duckdb",)):
        found = [one for one in inside if one.suffix.lower() in endings]
        if len(found) == 1:
            return found[0]
    return place


def _checked(source: Path, definition: str) -> str:
    import cereblon as cb

    return cb.cohort.check(source, definition=definition).text()
