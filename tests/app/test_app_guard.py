"""Only the browser that was opened with the token may ask, from the app's own pages, under its own name."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import uvicorn
from starlette.testclient import TestClient

from cereblon.app.forms import Field
from cereblon.app.jobs import Jobs
from cereblon.app.server import TABS, create_app, serve
from cereblon.app.tabs import ASKED
from cereblon.app.tabs.compare import REPLICATES
from cereblon.core.errors import InputError
from served_app import NoReview

SLIDERS = [
    one for one in (REPLICATES, *(one for tab in ASKED.values() for one in tab.fields({}))) if one.kind == "slider"
]
ROOT = "http://127.0.0.1:9999"


@pytest.fixture
def stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    monkeypatch.setattr("cereblon.app.server.ReviewWriter", NoReview)
    return TestClient(create_app(Jobs(tmp_path / "jobs"), "secret", 9999), base_url=ROOT)


@pytest.fixture
def client(stranger: TestClient) -> TestClient:
    assert stranger.get("/?token=secret").status_code == 200
    stranger.headers["origin"] = ROOT  # as a browser states it with every form
    return stranger


def test_without_the_token_nothing_is_answered(stranger: TestClient) -> None:
    for place in ("/", "/evidence", "/doses/answer", "/static/app.js", "/jobs"):
        assert stranger.get(place, follow_redirects=False).status_code == 403, place
    assert stranger.get("/?token=guess", follow_redirects=False).status_code == 403


def test_the_token_leaves_the_address_and_stays_in_a_cookie_of_this_site(stranger: TestClient) -> None:
    answer = stranger.get("/?token=secret", follow_redirects=False)
    assert answer.status_code == 303
    assert "token" not in answer.headers["location"]
    assert "httponly" in answer.headers["set-cookie"].lower()
    assert "samesite=strict" in answer.headers["set-cookie"].lower()


def test_the_rest_of_an_address_with_the_token_stays(stranger: TestClient) -> None:
    answer = stranger.get("/compare?study=pollux&token=secret&replicates=10", follow_redirects=False)
    assert answer.headers["location"] == "/compare?study=pollux&replicates=10"


def test_two_apps_in_one_browser_keep_a_secret_each(client: TestClient, tmp_path: Path) -> None:
    """A browser sends a cookie to every port of a host."""
    other = TestClient(
        create_app(Jobs(tmp_path / "jobs"), "other", 9998), base_url="http://127.0.0.1:9998", cookies=client.cookies
    )
    assert other.get("/trust").status_code == 403
    assert other.get("/?token=other").status_code == 200
    client.cookies.update(other.cookies)
    assert client.get("/trust").status_code == 200


@pytest.mark.parametrize("tab", TABS)
def test_a_name_in_an_address_that_a_page_does_not_read_is_told(tab: str, client: TestClient) -> None:
    assert "does not understand" not in client.get(f"/{tab}").text
    found = client.get(f"/{tab}?crlc=20&<b>=1").text
    assert "This page does not understand crlc, &lt;b&gt; in its address; it reads" in found


def test_what_a_page_reads_after_other_choices_only_is_understood(client: TestClient) -> None:
    for place in ("evidence?endpoint=pfs_hr&grade=any", "compare?study=pollux&first=krd", "trial?second=krd"):
        assert "does not understand" not in client.get(f"/{place}").text, place


def test_a_chapter_that_is_not_there_is_refused(client: TestClient) -> None:
    answer = client.get("/review?chapter=nonsense")
    assert answer.status_code == 404
    assert "chapter &#39;nonsense&#39; is not known" in answer.text


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("host", "evil.example", 400),  # a name that was pointed at this machine
        ("host", "127.0.0.1:1", 400),
        ("origin", "https://evil.example", 403),
        ("origin", "null", 403),
        ("origin", "http://[", 403),
        ("sec-fetch-site", "cross-site", 403),
    ],
)
def test_another_site_may_not_ask(client: TestClient, header: str, value: str, status: int) -> None:
    assert client.get("/evidence", headers={header: value}).status_code == status
    assert client.post("/compare/start", data={"study": "maia"}, headers={header: value}).status_code == status


def test_what_is_sent_states_our_origin_or_comes_from_a_script_with_the_token(client: TestClient) -> None:
    del client.headers["origin"]
    sent = {"url": "/trial/check", "content": "id: x\n"}
    for method in ("POST", "PUT", "DELETE"):
        answer = client.request(method, **sent)
        assert answer.status_code == 403, method
        assert "needs the app's own Origin, or the token in the header x-cereblon-token" in answer.text
    assert client.get("/evidence").status_code == 200
    assert client.post(**sent, headers={"origin": ROOT}).status_code == 200
    client.cookies.clear()
    assert client.post(**sent, headers={"origin": ROOT}).status_code == 403
    assert client.post(**sent, headers={"x-cereblon-token": "secret"}).status_code == 200
    assert client.post(**sent, headers={"x-cereblon-token": "guess"}).status_code == 403
    both = {"x-cereblon-token": "secret", "origin": "https://evil.example"}
    assert client.post(**sent, headers=both).status_code == 403


def test_no_page_may_load_or_send_anything_elsewhere(client: TestClient) -> None:
    for tab in TABS:
        answer = client.get(f"/{tab}")
        assert answer.status_code == 200, tab
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "unsafe-inline" not in answer.headers["content-security-policy"].partition("style-src")[0]
        assert 'src="http' not in answer.text


def test_a_number_of_thousands_of_digits_is_no_answer(client: TestClient) -> None:
    assert client.get(f"/doses/export/{'9' * 5000}.csv").status_code == 404


def test_no_more_is_read_than_the_longest_trial_can_have(client: TestClient) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(100):
            yield b"#" * 100_000

    for place in ("/trial/check", "/trial/start", "/compare/start"):
        answer = client.post(place, content=endless())
        assert answer.status_code == 422, place
        assert "more was sent than a trial of 200,000 letters can have" in answer.text
    letters = "\N{GREEK SMALL LETTER ALPHA}" * 150_000  # 300,000 bytes, none of which may be cut off
    said = client.post("/trial/check", content=f"# {letters}\n- 1\n".encode()).json()["words"]
    assert said == "trial: holds a list; a mapping of keys to values is needed"


def test_wrong_input_is_refused_in_words(client: TestClient) -> None:
    answer = client.get("/doses/answer?crcl=900")
    assert answer.status_code == 422
    assert "Creatinine clearance: got 900; allowed is 10 to 150 mL/min" in answer.text
    assert "maintenance-post-asct, ndmm, ndmm-te" in client.get("/evidence/answer?setting=<script>").text
    assert "<script>alert" not in client.get("/evidence/answer?setting=<script>alert(1)</script>").text
    assert client.get("/nowhere").status_code == 404
    assert client.get("/jobs/../../etc/passwd").status_code == 404
    assert client.get("/jobs/no-such").status_code == 404
    assert client.get("/doses/export/9.csv").status_code == 404
    assert client.get("/doses/export/0.exe").status_code == 404


@pytest.mark.parametrize("field", SLIDERS, ids=lambda one: one.name)
def test_no_number_of_a_form_becomes_another(field: Field) -> None:
    """A browser sends what its slider allows; an address that somebody wrote may hold 2.7 patients or no number."""
    for words in ("nan", "inf", "-inf", "1e999", "x", "", str(field.low - 1), str(field.high + 0.5)):
        with pytest.raises(InputError, match=field.label):
            field.read([words])
    assert field.read([str(field.high)]) == field.high
    between = field.low + 0.7
    if field.name in ("replicates", "cycle"):
        with pytest.raises(InputError, match=f"got {between:g}; a whole number is needed"):
            field.read([f"{between:g}"])
    else:
        assert field.read([str(between)]) == between


def test_a_trial_is_checked_while_it_is_written(client: TestClient) -> None:
    good = (Path(__file__).parents[2] / "docs/examples/vrd-lite.yaml").read_text(encoding="utf-8")
    assert client.post("/trial/check", content=good).json()["ok"]
    found = client.post("/trial/check", content="id: x\narms: 3\n").json()
    assert not found["ok"]
    assert "arms" in found["words"]
    bomb = client.post("/trial/check", content="a: " + "x" * 300_000).json()
    assert "more than 200,000 letters" in bomb["words"]
    assert client.post("/trial/start", data={"trial": "id: ["}).status_code == 422


def test_an_answer_says_how_to_get_it_elsewhere(client: TestClient) -> None:
    text = client.get("/evidence/answer?setting=rrmm&endpoint=pfs_hr&view=forest&without=aspire&sent=1").text
    assert "cereblon evidence forest --setting rrmm --endpoint pfs_hr --exclude aspire" in text
    assert "aspire," not in text.partition("In words")[2].partition("numbers used")[2].partition("</details>")[0]


def test_exports_are_files(client: TestClient) -> None:
    answer = client.get("/doses/export/0.csv?regimen=rd&crcl=45&sent=1")
    assert answer.headers["content-disposition"] == 'attachment; filename="cereblon-doses-0.csv"'
    assert "lenalidomide" in answer.text
    assert client.get("/evidence/export/0.svg").text.startswith("<svg")


def test_the_address_can_be_opened_as_soon_as_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser that was quicker than the server was refused."""
    monkeypatch.setattr("cereblon.app.server.ReviewWriter", NoReview)
    monkeypatch.setattr(uvicorn.Server, "run", lambda *_, **__: None)
    opened = []

    def open_at_once(said: str) -> None:
        if "http" in said:
            with socket.create_connection(("127.0.0.1", urlsplit(said.split()[-1]).port or 0), timeout=5):
                opened.append(said)

    serve(tmp_path / "jobs", 0, opens_browser=False, say=open_at_once)
    assert len(opened) == 1


def test_the_usual_port_is_taken_unless_another_app_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cereblon.app.server.ReviewWriter", NoReview)
    monkeypatch.setattr(uvicorn.Server, "run", lambda *_, **__: None)
    said: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        monkeypatch.setattr("cereblon.app.server.USUAL_PORT", taken)
        serve(tmp_path / "jobs", None, opens_browser=False, say=said.append)
        assert f":{taken}/" not in said[0]
        with pytest.raises(InputError, match=f"port {taken} cannot be used"):
            serve(tmp_path / "jobs", taken, opens_browser=False, say=said.append)
    serve(tmp_path / "jobs", None, opens_browser=False, say=said.append)
    assert f":{taken}/" in said[-2]
