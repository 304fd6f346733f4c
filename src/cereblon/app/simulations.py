"""Compare and My trial: what is started from a form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from cereblon.app.forms import Field, read_form, regimen_choices
from cereblon.app.job_pages import listed
from cereblon.app.jobs import Job, Jobs
from cereblon.app.rendering import page, render
from cereblon.app.tabs import COMPARE
from cereblon.app.trial_form import (
    MOST_LETTERS,
    NUMBERS,
    called_as_in_the_form,
    changed_text,
    form_of,
    parsed_trial,
    two_regimens,
)
from cereblon.core.errors import CereblonError, InputError
from cereblon.core.json_files import parse_json
from cereblon.core.text_files import read_text

if TYPE_CHECKING:
    from starlette.requests import Request

_MOST_BYTES = 12 * MOST_LETTERS  # a letter has up to four bytes, which a form writes as three each


def routes(jobs: Jobs, tabs: Mapping[str, str]) -> list[Route]:
    """Give the routes of both tabs."""
    views = _Views(jobs, tabs)
    return [
        Route("/compare/start", views.start_compare, methods=["POST"]),
        Route("/trial", views.trial),
        Route("/trial/check", views.check_trial, methods=["POST"]),
        Route("/trial/form", views.change_trial, methods=["POST"]),
        Route("/trial/start", views.start_trial, methods=["POST"]),
        Route("/trial/power", views.start_design, methods=["POST"]),
    ]


def below_compare(jobs: Jobs, given: Mapping[str, Sequence[str]]) -> str:
    """Give what stands below the form of Compare: two regimens of one's own choice, and what was simulated."""
    fields = two_regimens_fields()
    form = Markup(render("fields.html.j2", fields=fields, values=read_form(fields, given)))
    return render("compare.html.j2", form=form, jobs=listed(jobs, "compare"))


class _Views:
    def __init__(self, jobs: Jobs, tabs: Mapping[str, str]) -> None:
        self.jobs, self.tabs = jobs, tabs

    async def start_compare(self, request: Request) -> Response:
        sent = await sent_form(request)
        fields = await run_in_threadpool(COMPARE.fields, sent)
        values = read_form(fields, sent)
        study = str(values["study"])
        options = {"replicates": int(float(str(values["replicates"])))}
        title = dict(fields[0].options)[study].partition(" (has to be")[0]
        job = await run_in_threadpool(self.jobs.start, title, "compare", study, options)
        return RedirectResponse(f"/jobs/{job.key}", 303)

    async def trial(self, request: Request) -> Response:
        asked = request.query_params
        text = asked.get("trial") or _start_trial()
        fields = await run_in_threadpool(two_regimens_fields)
        names = [field.name for field in fields]
        if any(name in asked for name in names):
            values = read_form(fields, {name: asked.getlist(name) for name in asked})
            words = [f"{value:g}" if isinstance(value := values[name], float) else str(value) for name in names]
            text = two_regimens(text, *words)
        regimens, populations = await run_in_threadpool(_choices)
        done = listed(self.jobs, "simulate", "design")
        numbers = {name: called for name, (called, _) in NUMBERS.items()}
        content = render(
            "trial.html.j2", text=text, regimens=regimens, populations=populations, numbers=numbers, jobs=done
        )
        return HTMLResponse(page(self.tabs, "trial", content, asked, ("trial", *names)))

    async def check_trial(self, request: Request) -> Response:
        text = (await body_of(request)).decode("utf-8", "replace")
        return JSONResponse(await run_in_threadpool(_checked, text))

    async def change_trial(self, request: Request) -> Response:
        sent = parse_json((await body_of(request)).decode("utf-8", "replace"), where="form")
        try:
            text = await run_in_threadpool(_changed, sent)
        except CereblonError as error:
            return JSONResponse({"ok": False, "words": error.message, "hint": error.hint or ""})
        return JSONResponse({"ok": True, "text": text})

    async def start_trial(self, request: Request) -> Response:
        return await self._started(request, "simulate", lambda trial: str(trial.get("title") or "My trial"))

    async def start_design(self, request: Request) -> Response:
        return await self._started(request, "design", lambda trial: f"Power: {trial.get('title') or 'my trial'}")

    async def _started(self, request: Request, function: str, title: Callable[[dict[str, Any]], str]) -> Response:
        text = (await sent_form(request)).get("trial", [""])[0]

        def start() -> Job:
            import cereblon as cb

            trial = parsed_trial(text)
            checked = cb.check_trial(trial)
            if function == "design" and checked.plan.design is None:
                raise InputError("the trial has no design", hint="tick: Plan looks and power")
            return self.jobs.start(title(trial), function, "trial.yaml", {}, files={"trial.yaml": text})

        job = await run_in_threadpool(start)
        return RedirectResponse(f"/jobs/{job.key}", 303)


async def sent_form(request: Request) -> dict[str, list[str]]:
    """Read what a form sent."""
    return parse_qs((await body_of(request)).decode("utf-8", "replace"), keep_blank_values=True)


async def body_of(request: Request) -> bytes:
    """Read what was sent, no further than the longest trial can be; the rest is not taken into memory."""
    sent = bytearray()
    async for part in request.stream():
        sent += part
        if len(sent) > _MOST_BYTES:
            raise InputError(f"more was sent than a trial of {MOST_LETTERS:,} letters can have")
    return bytes(sent)


def _start_trial() -> str:
    return read_text(Path(__file__).parent / "templates" / "start_trial.yaml")


def _choices() -> tuple[Sequence[tuple[str, str]], list[str]]:
    """Give the regimens, by name with their label, and the populations that a form offers."""
    from cereblon.model.patients.library import population_names

    return regimen_choices(), population_names()


def two_regimens_fields() -> tuple[Field, ...]:
    """Give the form of a trial of two regimens; what it is sent as is what `two_regimens` takes."""
    regimens, populations = _choices()
    people = [(name, name) for name in populations]
    return (
        Field(name="first", label="One regimen", kind="choice", start="vrd-lite", options=regimens),
        Field(name="second", label="against another", kind="choice", start="rd", options=regimens),
        Field(name="population", label="in the population", kind="choice", start="ndmm-tie", options=people),
        Field(
            name="size",
            label="Patients of each arm",
            kind="slider",
            start=150.0,
            low=20,
            high=500,
            step=10,
            is_whole=True,
        ),
        Field(name="months", label="Follow-up", kind="slider", start=48.0, low=15, high=120, step=3, unit="months"),
    )


def _checked(text: str) -> dict[str, object]:
    """Check a trial, and give its fields for the form as far as it can be read."""
    import cereblon as cb

    form: dict[str, Any] | None = None
    try:
        trial = parsed_trial(text)
        form = form_of(trial)
        return {"ok": True, "words": cb.check_trial(trial).text(), "hint": "", "form": form}
    except CereblonError as error:
        words = called_as_in_the_form(error.message, form)
        return {"ok": False, "words": words, "hint": error.hint or "", "form": form}


def _changed(sent: object) -> str:
    if not isinstance(sent, dict) or not isinstance(sent.get("text"), str) or not isinstance(sent.get("form"), dict):
        raise InputError("form: a text and the fields of a trial are needed")
    try:
        return changed_text(sent["text"], sent["form"])
    except CereblonError:  # says which field it is, and may be a ValueError too
        raise
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise InputError("form: holds other fields than those of a trial") from error
