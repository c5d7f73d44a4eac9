"""What is imported is a scenario that is right and plays: sources as their tools write them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

FORM = "application/x-www-form-urlencoded"
LOGIN = "user=demo&password=demo"

CHROME_BASH = """curl 'URL/login' \\
  -H 'Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8' \\
  -H 'Connection: keep-alive' \\
  -H 'Content-Type: application/x-www-form-urlencoded' \\
  -b 'visit=abc; _ga=GA1.1' \\
  -H 'sec-ch-ua: "Chromium";v="130", "Not?A_Brand";v="99"' \\
  --data-raw 'user=demo&password=demo' ;
curl 'URL/message' \\
  -H 'content-type: application/json' \\
  --data-raw $'{"to":"it\\'s","text":"a\\u0021"}'
"""
CHROME_CMD = r"""curl ^"URL/login?a=1^&b=2^" ^
  -H ^"sec-ch-ua: ^\^"Chromium^\^";v=^\^"130^\^"^" ^
  -H ^"Content-Type: application/x-www-form-urlencoded^" ^
  --data-raw ^"user=demo^&password=demo^%^21^" &
curl ^"URL/message^" ^
  -H ^"content-type: application/json^" ^
  --data-raw ^"^{^\^"to^\^":^\^"b^\^",^\^"text^\^":^\^"x y^\^"^}^"
"""
FIREFOX = (
    "curl 'URL/login' --compressed -X POST -H 'User-Agent: Mozilla/5.0 (X11; rv:130.0)' "
    "-H 'Accept-Encoding: gzip, deflate, br, zstd' -H 'Priority: u=0, i' -H 'TE: trailers' "
    f"-H 'Content-Type: {FORM}' -H 'Cookie: a=b' --data-raw '{LOGIN}'"
)
POSTMAN = """curl --location 'URL/login' \\
--header 'Content-Type: application/x-www-form-urlencoded' \\
--data-urlencode 'user=demo' \\
--data-urlencode 'password=demo'
curl --location 'URL/message' \\
--header 'Content-Type: application/json' \\
--header 'Authorization: Bearer eyJabc.def.ghi' \\
--data '{
    "to": "buyer",
    "text": "hello ${x}"
}'
curl --location --request GET 'URL/supply?page={{page}}'
"""


def _entry(second: int, method: str, url: str, kind: str = "text/html", **more: Any) -> Any:
    """As Chrome has it; `more` goes into the request."""
    headers = [{"name": "Host", "value": "h"}, {"name": ":authority", "value": "h"},
               {"name": "Accept", "value": "*/*"}, *more.pop("headers", ())]  # fmt: skip
    return {
        "startedDateTime": f"2026-01-31T15:00:{second:02d}.000+01:00", "time": 50.5,
        "pageref": "page_1", "_initiator": {"type": "other"},
        "request": {"method": method, "url": url, "headers": headers, **more},
        "response": {"status": 200, "headers": [], "_error": None,
                     "content": {"size": 1, "mimeType": kind, "text": "<p>"}},
    }  # fmt: skip


def _har(url: str) -> str:
    posted = {"mimeType": FORM, "text": LOGIN, "params": [{"name": "user", "value": "demo"}]}
    pages = [{"id": "page_1", "title": "Home – Market", "startedDateTime": "", "pageTimings": {}}]
    typed = [{"name": "Content-Type", "value": FORM}]
    entries = [
        _entry(0, "GET", f"{url}/"),
        _entry(0, "GET", f"{url}/favicon.ico", "image/x-icon"),
        _entry(1, "GET", "https://cdn.example/x.js", "text/javascript"),
        _entry(1, "GET", "data:image/png;base64,AAAA", "image/png"),
        _entry(4, "POST", f"{url}/login", postData=posted, headers=typed),
        _entry(5, "GET", f"{url}/supply?page=2&q=a%20b"),
    ]
    return json.dumps({"log": {"version": "1.2", "pages": pages, "entries": entries}})


def _log(form: Callable[[datetime, str], str]) -> str:
    """Two hours of traffic."""
    begin, paths = datetime(2026, 1, 31, tzinfo=UTC), ("/", "/supply", "/demand?q=a%20b&x=${y}")
    return "\n".join(
        form(begin + timedelta(seconds=9 * n), paths[n % len(paths)]) for n in range(800)
    )


def _nginx(at: datetime, path: str) -> str:
    return (
        f'10.0.0.1 - - [{at:%d/%b/%Y:%H:%M:%S +0000}] "GET {path} HTTP/1.1" 200 5 "-" "M \\"q\\""'
    )


def _apache(at: datetime, path: str) -> str:
    return f'host 10.0.0.1 - anna [{at:%d/%b/%Y:%H:%M:%S +0000}] "GET {path} HTTP/1.1" 200 512'


def _json_line(at: datetime, path: str) -> str:
    return json.dumps({"time": at.isoformat(), "request": f"GET {path} HTTP/1.1", "status": "200"})


OPENAPI = """openapi: 3.0.0
info: {title: "Market: API", version: 1.0.0}
servers: [{url: "URL"}]
paths:
  /supply:
    get:
      summary: "Supply #1"
      parameters:
        - {name: page, in: query, required: true, schema: {type: integer, minimum: 1}}
        - {name: kind, in: query, required: true, schema: {type: array, items: {enum: [a b]}}}
  /login:
    post:
      requestBody:
        content: {application/json: {schema: {$ref: "#/components/schemas/Login"}}}
components:
  schemas:
    Login:
      properties:
        user: {type: string}
        password: {type: string, format: password}
        other: {$ref: "#/components/schemas/Login"}
"""
SWAGGER = {
    "swagger": "2.0", "info": {"title": "Market"}, "host": "market.example", "schemes": ["https"],
    "paths": {"/login": {"post": {"parameters": [
        {"name": "user", "in": "formData", "type": "string"},
        {"name": "password", "in": "formData", "type": "string"}]}}},
}  # fmt: skip
VEGETA = f"GET URL/\n\nGET URL/supply\nX-A: b\n\nPOST URL/login\nContent-Type: {FORM}\n@body\n"
VEGETA_JSON = '{"method": "GET", "url": "URL/", "header": {"X-A": ["b"]}}\n'

SOURCES: dict[str, tuple[str, Callable[[str], str]]] = {
    "chrome-bash": ("curl {file}", lambda url: CHROME_BASH.replace("URL", url)),
    "chrome-cmd": ("curl {file}", lambda url: CHROME_CMD.replace("URL", url)),
    "firefox": ("curl {file}", lambda url: FIREFOX.replace("URL", url)),
    "postman": ("curl {file}", lambda url: POSTMAN.replace("URL", url)),
    "har": ("har {file}", _har),
    "nginx": ("accesslog {file} --target {url}", lambda _: _log(_nginx)),
    "apache": ("accesslog {file} --target {url}", lambda _: _log(_apache)),
    "json": ("accesslog {file} --target {url}", lambda _: _log(_json_line)),
    "vegeta": ("vegeta {file} --rate 20/s", lambda url: VEGETA.replace("URL", url)),
    "vegeta-json": ("vegeta {file}", lambda url: VEGETA_JSON.replace("URL", url)),
    "openapi": ("openapi {file} --writing", lambda url: OPENAPI.replace("URL", url)),
    "swagger": ("openapi {file} --writing --target {url}", lambda _: json.dumps(SWAGGER)),
    "jmx": ("jmx {file}", lambda url: (Path(__file__).parent / "market.jmx").read_text()
            .replace("PORT", url.rpartition(":")[2])),
}  # fmt: skip


@pytest.mark.parametrize("kind", SOURCES)
def test_it_plays_as_it_was_written(kind: str, program: Any, target: Any, tmp_path: Path) -> None:
    arguments, source = SOURCES[kind]
    (tmp_path / "source").write_text(source(target.url), encoding="utf-8")
    (tmp_path / "users.csv").write_text("demo,demo\nanna,pw\n")
    (tmp_path / "body").write_text(LOGIN)
    words = arguments.format(file="source", url=target.url).split()
    done = program("import", *words, "-o", "made.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    named = re.findall(r"\$\{env:(\w+)\}", (tmp_path / "made.yaml").read_text())
    program.env |= dict.fromkeys(named, "demo")
    tried = program("try", "made.yaml", cwd=tmp_path)
    assert tried.returncode == 0, tried.stdout + tried.stderr
