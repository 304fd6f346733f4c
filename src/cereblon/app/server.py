"""The server of the app: pages, answers, exports and simulations, on the loopback address only."""

from __future__ import annotations

import re
import secrets
import socket
import tempfile
import webbrowser
from collections.abc import Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, TypeAlias

import uvicorn
from markupsafe import Markup
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from cereblon.app import patients, simulations
from cereblon.app.forms import read_form
from cereblon.app.guard import Guard
from cereblon.app.jobs import Jobs
from cereblon.app.rendering import address_of, page, render, show
from cereblon.app.reviewing import ReviewWriter
from cereblon.app.tabs import ASKED, Tab
from cereblon.app.trust import trust_page
from cereblon.core.errors import CereblonError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

_View: TypeAlias = "Callable[[Request], Awaitable[Response]]"
TABS: Mapping[str, str] = {
    "review": "Review",
    **{tab.key: tab.title for tab in ASKED.values()},
    "compare": "Compare",
    "trial": "My trial",
    "patients": "My patients",
    "trust": "Trust",
}
_STATIC = {"app.js": "text/javascript", "app.css": "text/css"}
_EXPORTS = {
    "csv": "text/csv",
    "json": "application/json",
    "svg": "image/svg+xml",
    "png": "image/png",
    "html": "text/html",
}


def create_app(jobs: Jobs, token: str, port: int) -> Guard:
    """Make the app.

    Parameters
    ----------
    jobs
        Where simulations are kept.
    token
        Secret of this start: who has it may ask.
    port
        On which it is served.
    """
    writer = ReviewWriter()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        jobs.stop_all()
        writer.close()

    routes = [
        Route("/", _home),
        Route("/static/{name}", _static),
        Route("/vega.js", _vega),
        Route("/review", _review_of(writer)),
        Route("/review/page", _review_page_of(writer)),
        Route("/review/state", _review_state_of(writer)),
        Route("/trust", _trust_of(jobs)),
        *simulations.routes(jobs, TABS),
        *patients.routes(jobs, TABS),
        Route("/{tab}", _tab),
        Route("/{tab}/answer", _answer),
        Route("/{tab}/export/{number}.{ending}", _export),
    ]
    app = Starlette(routes=routes, lifespan=lifespan, exception_handlers={CereblonError: _refused})
    return Guard(app, token, (f"127.0.0.1:{port}", f"localhost:{port}"))


def serve(folder: Path, port: int, *, opens_browser: bool, say: Callable[[str], None]) -> None:
    """Serve the app until it is interrupted.

    Parameters
    ----------
    folder
        Where simulations are kept.
    port
        On the loopback address; 0 for one that is free.
    opens_browser
        Whether the browser is opened.
    say
        Told the address.

    Raises
    ------
    InputError
        If the folder cannot be used.
    """
    jobs = Jobs(folder)
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        port = listening.getsockname()[1]
        token = secrets.token_urlsafe(24)
        address = f"http://127.0.0.1:{port}/?token={token}"
        say(f"Cereblon is open at {address}")
        say("Nothing leaves this machine. For research, not for treating a patient. Ctrl-C ends it.")
        if opens_browser:
            Timer(0.5, webbrowser.open, (address,)).start()
        config = uvicorn.Config(create_app(jobs, token, port), log_level="warning", access_log=False, lifespan="on")
        uvicorn.Server(config).run(sockets=[listening])


def _page(key: str, content: str) -> HTMLResponse:
    return HTMLResponse(page(TABS, key, content))


async def _home(_: Request) -> Response:
    return RedirectResponse("/review", 303)


async def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, CereblonError):
        raise error
    said = {"error": error.message, "hint": error.hint or ""}
    status = 404 if isinstance(error, UnknownNameError) else 422
    if request.headers.get("accept", "").startswith("application/json"):
        return JSONResponse(said, status)
    return HTMLResponse(render("error.html.j2", **said), status)


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _STATIC:
        return Response("not found\n", 404)
    return FileResponse(Path(__file__).parent / "static" / name, media_type=_STATIC[name])


async def _vega(_: Request) -> Response:
    from cereblon.report.static import vega_bundle

    script = await run_in_threadpool(vega_bundle)
    return Response(script, media_type="text/javascript", headers={"cache-control": "private, max-age=86400"})


def _review_of(writer: ReviewWriter) -> _View:
    async def answer(request: Request) -> Response:
        chapter = request.query_params.get("chapter", "")
        content = render("review.html.j2", chapter=chapter if chapter.isidentifier() else "", state=writer.state)
        return _page("review", content)

    return answer


def _review_page_of(writer: ReviewWriter) -> _View:
    async def answer(_: Request) -> Response:
        text = await run_in_threadpool(writer.page)
        if not text:
            raise UnknownNameError("the review is not written yet", hint="wait a moment")
        return HTMLResponse(text, headers={"content-security-policy": simulations.own_policy(text)})

    return answer


def _review_state_of(writer: ReviewWriter) -> _View:
    async def answer(_: Request) -> Response:
        return JSONResponse({"state": writer.state})

    return answer


def _trust_of(jobs: Jobs) -> _View:
    async def answer(_: Request) -> Response:
        return _page("trust", await run_in_threadpool(trust_page, jobs))

    return answer


def _tab_of(request: Request) -> Tab:
    key = request.path_params["tab"]
    if key not in ASKED:
        raise UnknownNameError(f"there is no page {key!r}", hint=f"known: {', '.join(TABS)}")
    return ASKED[key]


def _given(request: Request) -> dict[str, list[str]]:
    return {name: request.query_params.getlist(name) for name in request.query_params}


async def _tab(request: Request) -> Response:
    tab, given = _tab_of(request), _given(request)
    fields = await run_in_threadpool(tab.fields, given)
    values = read_form(fields, given)
    form = render("form.html.j2", tab=tab, fields=fields, values=values)
    return _page(tab.key, render("asked.html.j2", tab=tab, form=Markup(form)))


async def _answer(request: Request) -> Response:
    tab, given = _tab_of(request), _given(request)

    def answer() -> str:
        fields = tab.fields(given)
        values = read_form(fields, given)
        parts = [show(part, number) for number, part in enumerate(tab.parts(values))]
        return render("answer.html.j2", tab=tab, parts=parts, query=address_of(fields, values))

    return HTMLResponse(await run_in_threadpool(answer))


async def _export(request: Request) -> Response:
    tab, given = _tab_of(request), _given(request)
    ending, digits = request.path_params["ending"], request.path_params["number"]
    if ending not in _EXPORTS:
        raise UnknownNameError(f"nothing is exported as {ending!r}", hint=f"known: {', '.join(_EXPORTS)}")

    if not re.fullmatch(r"[0-9]{1,6}", digits):
        raise UnknownNameError(f"{tab.title} has no such answer")
    number = int(digits)

    def export() -> bytes:
        parts = tab.parts(read_form(tab.fields(given), given))
        if number >= len(parts):
            raise UnknownNameError(f"{tab.title} has no answer {number}")
        with tempfile.TemporaryDirectory(prefix="cereblon-app-") as folder:
            saved: Path = parts[number].call().save(Path(folder) / f"{tab.key}.{ending}")
            return saved.read_bytes()

    content = await run_in_threadpool(export)
    name = f"cereblon-{tab.key}-{number}.{ending}"
    return Response(
        content, media_type=_EXPORTS[ending], headers={"content-disposition": f'attachment; filename="{name}"'}
    )
