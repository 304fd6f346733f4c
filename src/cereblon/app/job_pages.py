"""Simulations and cohorts as pages: watched while they run, stopped, resumed, read and saved once they are done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from cereblon.app.answers import answers_html, exported
from cereblon.app.calls import Call
from cereblon.app.jobs import Job, Jobs
from cereblon.app.kept_answer import KeptAnswer
from cereblon.app.rendering import page, render
from cereblon.app.tabs.compare import answer_parts
from cereblon.app.tabs.tab import Part
from cereblon.core.errors import InputError, UnknownNameError

if TYPE_CHECKING:
    from starlette.requests import Request

_TABS_OF = {
    "compare": "compare",
    "simulate": "trial",
    "design": "trial",
    "cohort.build": "patients",
    "cohort.compare": "patients",
}


def routes(jobs: Jobs, tabs: Mapping[str, str]) -> list[Route]:
    """Give the routes of the jobs."""
    views = _JobViews(jobs, tabs)
    return [
        Route("/jobs", views.every),
        Route("/jobs/{key}", views.job),
        Route("/jobs/{key}/state", views.state),
        Route("/jobs/{key}/report", views.report),
        Route("/jobs/{key}/export/{number}.{ending}", views.export),
        Route("/jobs/{key}/stop", views.stop, methods=["POST"]),
        Route("/jobs/{key}/resume", views.resume, methods=["POST"]),
        Route("/jobs/{key}/compare", views.compare_cohort, methods=["POST"]),
    ]


def listed(jobs: Jobs, *functions: str) -> list[tuple[Job, str]]:
    """Give the jobs of some functions with their states, the last first."""
    return [(job, jobs.state(job)) for job in jobs.all() if job.function in functions]


class _JobViews:
    def __init__(self, jobs: Jobs, tabs: Mapping[str, str]) -> None:
        self.jobs, self.tabs = jobs, tabs

    async def every(self, _: Request) -> Response:
        return RedirectResponse("/compare", 303)

    async def job(self, request: Request) -> Response:
        return HTMLResponse(await run_in_threadpool(self._page, request.path_params["key"], request.query_params))

    def _page(self, key: str, asked: Iterable[str]) -> str:
        job = self.jobs.find(key)
        state = self.jobs.state(job)
        answer = ""
        if state == "finished" and (parts := self._parts(job)):
            answer = answers_html(parts, f"/jobs/{job.key}")
        endings = [one for one in ("png", "svg", "csv", "json") if self.jobs.saved(job, one).is_file()]
        content = render(
            "job.html.j2",
            job=job,
            state=state,
            words=self.jobs.answer(job),
            answer=Markup(answer),
            endings=endings,
            has_report=self.jobs.report(job).is_file(),
        )
        return page(self.tabs, _TABS_OF[job.function], content, asked, ())

    def _parts(self, job: Job) -> tuple[Part, ...]:
        """Give what is shown of a finished comparison or simulation; nothing of other jobs."""
        path = self.jobs.kept(job)
        if not path.is_file():
            return ()
        asked = job.call
        call = Call(
            function=asked.function,
            command=asked.command,
            arguments=asked.arguments,
            options=asked.options,
            kept=lambda: _kept_answer(path, path.stat().st_mtime_ns),
        )
        return answer_parts(call)

    async def state(self, request: Request) -> Response:
        job = self.jobs.find(request.path_params["key"])
        lines, share = self.jobs.progress(job)
        told = {"state": self.jobs.state(job), "lines": lines, "share": share, "seconds": self.jobs.seconds(job)}
        return JSONResponse(told)

    async def report(self, request: Request) -> Response:
        job = self.jobs.find(request.path_params["key"])
        place = self.jobs.report(job)
        if not place.is_file():
            raise UnknownNameError(f"{job.title} has no report yet")
        text = await run_in_threadpool(lambda: place.read_text(encoding="utf-8", errors="replace"))
        return HTMLResponse(text, headers={"content-security-policy": own_policy(text)})

    async def export(self, request: Request) -> Response:
        job = self.jobs.find(request.path_params["key"])
        number, ending = request.path_params["number"], request.path_params["ending"]
        parts = await run_in_threadpool(self._parts, job)
        if parts:
            return await run_in_threadpool(exported, parts, number, ending, job.function)
        place = self.jobs.report(job) if ending == "html" else self.jobs.saved(job, ending)
        if not ending.isalnum() or not place.is_file():
            raise UnknownNameError(f"{job.title} has no file of kind {ending[:20]!r}")
        return FileResponse(place, filename=f"cereblon-{job.function.replace('.', '-')}.{ending}")

    async def stop(self, request: Request) -> Response:
        job = await run_in_threadpool(self.jobs.stop, request.path_params["key"])
        return RedirectResponse(f"/jobs/{job.key}", 303)

    async def resume(self, request: Request) -> Response:
        job = await run_in_threadpool(self.jobs.resume, request.path_params["key"])
        return RedirectResponse(f"/jobs/{job.key}", 303)

    async def compare_cohort(self, request: Request) -> Response:
        job = self.jobs.find(request.path_params["key"])
        if job.function != "cohort.build" or self.jobs.state(job) != "finished":
            raise InputError(f"{job.title}: only a built cohort can be set beside simulation and publications")
        title = f"{job.title}: observed, simulated, published"
        folder, options = str(self.jobs.run_folder(job).absolute()), {"estimand": job.options["estimand"]}
        made = await run_in_threadpool(self.jobs.start, title, "cohort.compare", folder, options)
        return RedirectResponse(f"/jobs/{made.key}", 303)


@cache
def _kept_answer(path: Path, _: int) -> KeptAnswer:
    """Read what a job kept, once for each time that it was written."""
    from cereblon.trials.kept_report import read_kept_report

    return KeptAnswer(kept=read_kept_report(path))


def own_policy(text: str) -> str:
    """Give the policy that a page of ours states itself, framed by nobody but the app; without one nothing runs."""
    stated = text.partition('http-equiv="Content-Security-Policy" content="')[2].partition('"')[0]
    stated = " ".join(stated.replace("&#39;", "'").split()) or "default-src 'none'"
    return f"{stated}; frame-ancestors 'self'"
