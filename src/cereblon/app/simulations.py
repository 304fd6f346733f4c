"""Compare and My trial: simulations are started, watched, stopped, resumed and read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from cereblon.app.forms import Field, read_form
from cereblon.app.jobs import Job, Jobs
from cereblon.app.rendering import page, render
from cereblon.core.errors import CereblonError, InputError, UnknownNameError
from cereblon.core.text_files import read_text
from cereblon.core.yaml_files import parse_yaml

if TYPE_CHECKING:
    from starlette.requests import Request

_MOST_LETTERS = 200_000
_MOST_BYTES = 12 * _MOST_LETTERS  # a letter has up to four bytes, which a form writes as three each
_TABS_OF = {"compare": "compare", "simulate": "trial", "cohort.build": "patients"}
REPLICATES = Field(
    name="replicates",
    label="Virtual trials",
    kind="slider",
    start=20.0,
    low=2,
    high=200,
    step=2,
    is_whole=True,
    help="Each of the size of the trial; more give a steadier interval.",
)


def routes(jobs: Jobs, tabs: Mapping[str, str]) -> list[Route]:
    """Give the routes of both tabs and of the simulations they start."""
    views = _Views(jobs, tabs)
    return [
        Route("/compare", views.compare),
        Route("/compare/start", views.start_compare, methods=["POST"]),
        Route("/trial", views.trial),
        Route("/trial/check", views.check_trial, methods=["POST"]),
        Route("/trial/start", views.start_trial, methods=["POST"]),
        Route("/jobs", views.list_jobs),
        Route("/jobs/{key}", views.job),
        Route("/jobs/{key}/state", views.state),
        Route("/jobs/{key}/report", views.report),
        Route("/jobs/{key}/stop", views.stop, methods=["POST"]),
        Route("/jobs/{key}/resume", views.resume, methods=["POST"]),
    ]


class _Views:
    def __init__(self, jobs: Jobs, tabs: Mapping[str, str]) -> None:
        self.jobs, self.tabs = jobs, tabs

    async def compare(self, request: Request) -> Response:
        fields = await run_in_threadpool(_compare_fields)
        given = {name: request.query_params.getlist(name) for name in request.query_params}
        form = render("fields.html.j2", fields=fields, values=read_form(fields, given))
        content = render("compare.html.j2", form=Markup(form), jobs=self._listed("compare"))
        return HTMLResponse(page(self.tabs, "compare", content))

    async def start_compare(self, request: Request) -> Response:
        sent = await sent_form(request)
        fields = await run_in_threadpool(_compare_fields)
        values = read_form(fields, sent)
        study = str(values["study"])
        options = {"replicates": int(float(str(values["replicates"])))}
        job = await run_in_threadpool(self.jobs.start, dict(fields[0].options)[study], "compare", study, options)
        return RedirectResponse(f"/jobs/{job.key}", 303)

    async def trial(self, _: Request) -> Response:
        content = render("trial.html.j2", text=_start_trial(), jobs=self._listed("simulate"))
        return HTMLResponse(page(self.tabs, "trial", content))

    async def check_trial(self, request: Request) -> Response:
        text = (await _body(request)).decode("utf-8", "replace")
        try:
            checked = await run_in_threadpool(_check, text)
        except CereblonError as error:
            return JSONResponse({"ok": False, "words": error.message, "hint": error.hint or ""})
        return JSONResponse({"ok": True, "words": checked, "hint": ""})

    async def start_trial(self, request: Request) -> Response:
        text = (await sent_form(request)).get("trial", [""])[0]
        await run_in_threadpool(_check, text)
        title = str(_parsed(text).get("title") or "My trial")
        job = await run_in_threadpool(
            lambda: self.jobs.start(title, "simulate", "trial.yaml", {}, files={"trial.yaml": text})
        )
        return RedirectResponse(f"/jobs/{job.key}", 303)

    async def list_jobs(self, _: Request) -> Response:
        return RedirectResponse("/compare", 303)

    async def job(self, request: Request) -> Response:
        job = self.jobs.find(request.path_params["key"])
        here = _TABS_OF[job.function]
        content = render("job.html.j2", job=job, state=self.jobs.state(job), answer=self.jobs.answer(job))
        return HTMLResponse(page(self.tabs, here, content))

    async def state(self, request: Request) -> Response:
        job = self.jobs.find(request.path_params["key"])
        lines, share = self.jobs.progress(job)
        return JSONResponse({"state": self.jobs.state(job), "lines": lines, "share": share})

    async def report(self, request: Request) -> Response:
        job = self.jobs.find(request.path_params["key"])
        place = self.jobs.report(job)
        if not place.is_file():
            raise UnknownNameError(f"{job.title} has no report yet")
        text = await run_in_threadpool(lambda: place.read_text(encoding="utf-8", errors="replace"))
        return HTMLResponse(text, headers={"content-security-policy": own_policy(text)})

    async def stop(self, request: Request) -> Response:
        job = await run_in_threadpool(self.jobs.stop, request.path_params["key"])
        return RedirectResponse(f"/jobs/{job.key}", 303)

    async def resume(self, request: Request) -> Response:
        job = await run_in_threadpool(self.jobs.resume, request.path_params["key"])
        return RedirectResponse(f"/jobs/{job.key}", 303)

    def _listed(self, function: str) -> list[tuple[Job, str]]:
        return [(job, self.jobs.state(job)) for job in self.jobs.all() if job.function == function]


async def sent_form(request: Request) -> dict[str, list[str]]:
    """Read what a form sent."""
    return parse_qs((await _body(request)).decode("utf-8", "replace"), keep_blank_values=True)


async def _body(request: Request) -> bytes:
    """Read what was sent, no further than the longest trial can be; the rest is not taken into memory."""
    sent = bytearray()
    async for part in request.stream():
        sent += part
        if len(sent) > _MOST_BYTES:
            raise InputError(f"more was sent than a trial of {_MOST_LETTERS:,} letters can have")
    return bytes(sent)


def own_policy(text: str) -> str:
    """Give the policy that a page of ours states itself, framed by nobody but the app; without one nothing runs."""
    stated = text.partition('http-equiv="Content-Security-Policy" content="')[2].partition('"')[0]
    stated = " ".join(stated.replace("&#39;", "'").split()) or "default-src 'none'"
    return f"{stated}; frame-ancestors 'self'"


def _compare_fields() -> tuple[Field, ...]:
    from cereblon.evidence import load_study
    from cereblon.trials.library import trial_names

    studies = tuple((name, load_study(name).name) for name in trial_names())
    return (
        Field(name="study", label="Published trial", kind="choice", start="swog-s0777", options=studies),
        REPLICATES,
    )


def _start_trial() -> str:
    return read_text(Path(__file__).parent / "templates" / "start_trial.yaml")


def _parsed(text: str) -> dict[str, object]:
    if len(text) > _MOST_LETTERS:
        raise InputError(f"the trial has more than {_MOST_LETTERS:,} letters")
    found = parse_yaml(text, where="trial")
    if not isinstance(found, dict):
        raise InputError("the trial is no YAML mapping", hint="begin with `id:` and `arms:`")
    return found


def _check(text: str) -> str:
    import cereblon as cb

    return cb.check_trial(_parsed(text)).text()
