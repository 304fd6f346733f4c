"""The server of the app: pages, answers, exports and simulations, on the loopback address only."""

from __future__ import annotations

import secrets
import socket
import webbrowser
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from threading import Thread, Timer
from typing import TYPE_CHECKING, TypeAlias

import uvicorn
from markupsafe import Markup
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from cereblon.app import job_pages, patients, simulations
from cereblon.app.answers import answers_html, exported
from cereblon.app.forms import SENT, read_form
from cereblon.app.guard import Guard
from cereblon.app.jobs import Jobs
from cereblon.app.rendering import address_of, page, render
from cereblon.app.reviewing import CHAPTERS, ReviewWriter, review_call
from cereblon.app.tabs import ASKED, Tab
from cereblon.core.errors import CereblonError, InputError, UnknownNameError, unknown_name
from cereblon.core.names import shortened
from cereblon.report.page import drawing_script, lines_style

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

_View: TypeAlias = "Callable[[Request], Awaitable[Response]]"
TABS: Mapping[str, str] = {
    "review": "Review",
    **{key: ASKED[key].title for key in ("evidence", "doses", "compare")},
    "trial": "My trial",
    "patients": "My patients",
    "trust": ASKED["trust"].title,
}
USUAL_PORT = 8491
"""Where the app is served unless another is asked for or this is taken: bookmarks hold it."""
_STATIC = {"app.js": "text/javascript", "app.css": "text/css"}


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
        Thread(target=_make_ready, daemon=True).start()
        yield
        jobs.stop_all()
        writer.close()

    routes = [
        Route("/", _home),
        Route("/static/{name}", _static),
        Route("/vega.js", _vega),
        Route("/review", _review_of(writer)),
        Route("/review/page", _review_page_of(writer)),
        Route("/review/export/0.{ending}", _review_file_of(writer)),
        Route("/review/state", _review_state_of(writer)),
        *simulations.routes(jobs, TABS),
        *job_pages.routes(jobs, TABS),
        *patients.routes(jobs, TABS),
        Route("/{tab}", _tab_page_of(jobs)),
        Route("/{tab}/answer", _answer),
        Route("/{tab}/export/{number}.{ending}", _export),
    ]
    app = Starlette(routes=routes, lifespan=lifespan, exception_handlers={CereblonError: _refused})
    return Guard(app, token, (f"127.0.0.1:{port}", f"localhost:{port}"))


def serve(folder: Path, port: int | None, *, opens_browser: bool, say: Callable[[str], None]) -> None:
    """Serve the app until it is interrupted.

    Parameters
    ----------
    folder
        Where simulations are kept.
    port
        On the loopback address; 0 for one that is free; `USUAL_PORT` if None, so that bookmarks stay, unless it is
        taken.
    opens_browser
        Whether the browser is opened.
    say
        Told the address.

    Raises
    ------
    InputError
        If the folder or the port cannot be used.
    """
    jobs = Jobs(folder)
    with _listening(port) as listening:
        port = listening.getsockname()[1]
        token = secrets.token_urlsafe(24)
        address = f"http://127.0.0.1:{port}/?token={token}"
        say(f"Cereblon is open at {address}")
        say("Nothing leaves this machine. For research, not for treating a patient. Ctrl-C ends it.")
        if opens_browser:
            Timer(0.5, webbrowser.open, (address,)).start()
        config = uvicorn.Config(create_app(jobs, token, port), log_level="warning", access_log=False, lifespan="on")
        uvicorn.Server(config).run(sockets=[listening])


def _listening(port: int | None) -> socket.socket:
    """Listen at once: whoever opens the address before the server runs waits, and is not refused."""
    try:
        return socket.create_server(("127.0.0.1", USUAL_PORT if port is None else port))
    except OSError as error:
        if port is None:
            return socket.create_server(("127.0.0.1", 0))
        raise InputError(
            f"port {port} cannot be used ({error.strerror})", hint="name another, or 0 for one that is free"
        ) from error


def _make_ready() -> None:
    """Load what the first answers need while the first page is read; an error shows again when it is asked for."""
    with suppress(Exception):
        for tab in ASKED.values():
            fields = tab.fields({})
            answers_html(tab.parts(read_form(fields, {})), f"/{tab.key}")


def _page(request: Request, key: str, content: str, known: Collection[str]) -> HTMLResponse:
    return HTMLResponse(page(TABS, key, content, request.query_params, known))


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
    own = (Path(__file__).parent / "static" / name).read_text(encoding="utf-8")
    shared = drawing_script() if name == "app.js" else lines_style()  # with the pages of reports
    return Response(f"{shared}{own}", media_type=_STATIC[name])


async def _vega(_: Request) -> Response:
    from cereblon.report.static import vega_bundle

    script = await run_in_threadpool(vega_bundle)
    return Response(script, media_type="text/javascript", headers={"cache-control": "private, max-age=86400"})


def _review_of(writer: ReviewWriter) -> _View:
    async def answer(request: Request) -> Response:
        chapter = _chapter_of(request)
        content = render(
            "review.html.j2",
            chapter=chapter,
            chapters=CHAPTERS,
            state=writer.state,
            call=review_call(chapter),
            endings=writer.endings(chapter) if writer.state == "ready" else [],
        )
        return _page(request, "review", content, ("chapter",))

    return answer


def _chapter_of(request: Request) -> str:
    chapter = request.query_params.get("chapter", "")
    if chapter not in CHAPTERS:
        raise unknown_name("chapter", shortened(chapter), [one for one in CHAPTERS if one])
    return chapter


def _review_file_of(writer: ReviewWriter) -> _View:
    async def answer(request: Request) -> Response:
        chapter, ending = _chapter_of(request), request.path_params["ending"]
        name = f"cereblon-review{f'-{chapter}' if chapter else ''}.{ending}"
        return FileResponse(writer.file(chapter, ending), filename=name)

    return answer


def _review_page_of(writer: ReviewWriter) -> _View:
    async def answer(_: Request) -> Response:
        text = await run_in_threadpool(writer.page)
        if not text:
            raise UnknownNameError("the review is not written yet", hint="wait a moment")
        return HTMLResponse(text, headers={"content-security-policy": job_pages.own_policy(text)})

    return answer


def _review_state_of(writer: ReviewWriter) -> _View:
    async def answer(_: Request) -> Response:
        return JSONResponse({"state": writer.state})

    return answer


def _tab_of(request: Request) -> Tab:
    key = request.path_params["tab"]
    if key not in ASKED:
        raise UnknownNameError(f"there is no page {key!r}", hint=f"known: {', '.join(TABS)}")
    return ASKED[key]


def _given(request: Request) -> dict[str, list[str]]:
    return {name: request.query_params.getlist(name) for name in request.query_params}


def _tab_page_of(jobs: Jobs) -> _View:
    async def answer(request: Request) -> Response:
        tab, given = _tab_of(request), _given(request)
        fields = await run_in_threadpool(tab.fields, given)
        values = read_form(fields, given)
        form = render("form.html.j2", tab=tab, fields=fields, values=values)
        below, known = "", [SENT, *(field.name for field in fields), *tab.at_times]
        if tab.key == "compare":
            below = await run_in_threadpool(simulations.below_compare, jobs, given)
            known += [field.name for field in simulations.two_regimens_fields()]
        content = render("asked.html.j2", tab=tab, form=Markup(form), below=Markup(below))
        return _page(request, tab.key, content, known)

    return answer


async def _answer(request: Request) -> Response:
    tab, given = _tab_of(request), _given(request)

    def answer() -> str:
        fields = tab.fields(given)
        values = read_form(fields, given)
        return answers_html(tab.parts(values), f"/{tab.key}", f"?{address_of(fields, values)}")

    return HTMLResponse(await run_in_threadpool(answer))


async def _export(request: Request) -> Response:
    tab, given = _tab_of(request), _given(request)
    number, ending = request.path_params["number"], request.path_params["ending"]

    def export() -> Response:
        return exported(tab.parts(read_form(tab.fields(given), given)), number, ending, tab.key)

    return await run_in_threadpool(export)
