"""Log in, three pages with a value sent back, a POST of a data row: through real injectors.

The target refuses every wrong token, cookie and row, so that a flow passes only when each value
has found its way.
"""

from __future__ import annotations

import asyncio
import csv
import gzip
import json
import secrets
import time
from collections import Counter
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from perfconsole.model.dataset import Table
from perfconsole.model.plan import InjectorPlan
from perfconsole.scenario.load import scenario_from
from perfconsole.scenario.planning import plan_for as planned
from perfconsole.scenario.tables import read_tables

USERS = Table(
    ("name", "password", "article"),
    tuple((f"user {n} & co", f'pa$$ {n}"ß', str(n)) for n in range(12)),
)
FLOW = """\
  a:
    - transaction: log in
      steps:
        - request: GET /login
          extract:
            token: {regex: 'name="token" value="([^"]*)"'}
            visit: {cookie: visit}
        - request: POST /login
          form: {name: "${users.name}", password: "${users.password}", token: "${token}"}
          headers: {X-Visit: "${visit}"}
          check: {body_contains: "Welcome ${users.name}"}
          extract: {page: {header: X-Next, pick: 2}}
    - request: GET /first/${page}?token=${page}
      name: first
      extract: {page: {json: "next[?kind=='page'].id"}}
    - request: GET /second/${page}
      name: second
    - extract: {page: {regex: 'page:\\w+', pick: 2}}
    - request: POST /order?user=${users.name}
      name: order
      json: {user: "${users.name}", article: "${users.article}", page: "${page}", n: ["${count}"]}
      check: {status: 201}
"""


class Shop:
    """Issues one-time tokens, and says 403 to whoever brings another than it was given."""

    def __init__(self) -> None:
        self.visits: dict[str, str] = {}
        self.users: dict[str, str] = {}
        self.pages: dict[str, str] = {}
        self.orders: list[dict] = []
        self.refused: list[str] = []

    async def __call__(self, seen, writer) -> None:
        cookies = dict(pair.split("=", 1) for pair in
                       seen.headers.get("cookie", "visit=").split("; "))  # fmt: skip
        url = urlsplit(seen.path)
        status, head, body = self.answer(seen, cookies, url)
        if status == 403:
            self.refused.append(f"{seen.method} {seen.path} {cookies} {seen.body!r}")
        text = body.encode()
        writer.write(
            f"HTTP/1.1 {status} x\r\n{head}Content-Length: {len(text)}\r\n\r\n".encode() + text
        )

    def answer(self, seen, cookies, url) -> tuple[int, str, str]:
        """Status, head lines and body."""
        sid = cookies.get("sid", "")
        if url.path == "/login":
            return self.form() if seen.method == "GET" else self.log_in(seen, cookies)
        if sid not in self.users:
            return 403, "", "no session"
        return self.order(seen, url, sid) if url.path == "/order" else self.page(seen.path, sid)

    def form(self) -> tuple[int, str, str]:
        visit = secrets.token_hex(4)
        self.visits[visit] = secrets.token_hex(4) + "&<é"
        form = f'<p>é</p><input name="token" value="{self.visits[visit]}">'
        return 200, f"Set-Cookie: visit={visit}\r\n", form

    def log_in(self, seen, cookies) -> tuple[int, str, str]:
        form = dict(parse_qsl(seen.body.decode(), strict_parsing=True))
        row = next((row for row in USERS.rows if row[0] == form["name"]), ("", ""))
        given = (form["password"], form["token"], seen.headers["x-visit"])
        if given != (row[1], self.visits.pop(cookies["visit"], None), cookies["visit"]):
            return 403, "", "who are you?"
        sid = secrets.token_hex(4)
        self.users[sid], self.pages[sid] = row[0], secrets.token_hex(4)
        head = f"Set-Cookie: sid={sid}\r\nX-Next: wrong\r\nx-next: {self.pages[sid]}\r\n"
        return 200, head, f"Welcome {row[0]}"

    def page(self, path: str, sid: str) -> tuple[int, str, str]:
        now = self.pages[sid]
        if path not in (f"/first/{now}?token={now}", f"/second/{now}"):
            return 403, "", "wrong page"
        self.pages[sid] = page = "page:" + secrets.token_hex(4)
        if path.startswith("/first/"):
            self.pages[sid] = page = secrets.token_hex(4)
            answer = {"next": [{"kind": "ad", "id": 1}, {"kind": "page", "id": page}]}
            return 200, "Content-Type: application/json\r\n", json.dumps(answer)
        return 200, "", f"page:old {page} page:other"

    def order(self, seen, url, sid: str) -> tuple[int, str, str]:
        order = json.loads(seen.body)
        row = next(row for row in USERS.rows if row[0] == self.users[sid])
        wanted = {"user": row[0], "article": row[2], "page": self.pages[sid], "n": ["5"]}
        if order != wanted or dict(parse_qsl(url.query)) != {"user": row[0]}:
            return 403, "", "wrong order"
        self.orders.append(order)
        return 201, "", "ordered"


@pytest.fixture
def plan_of(tmp_path: Path, target):
    """The plan of a scenario with one group, "a"."""

    def make(flow: str, rows=USERS, *, injector=0, injectors=1, iterations=1, top="",
             groups=("a",)) -> InjectorPlan:  # fmt: skip
        with (tmp_path / "users.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([rows.columns, *rows.rows])
        members = "".join(f"  {name}: {{iterations: {iterations}}}\n" for name in groups)
        scenario = scenario_from(
            f"name: x\ntarget: http://127.0.0.1:{target.port}\n{top}\n"
            "data: {users: {csv: users.csv}}\n"
            f"groups:\n{members}flows:\n{flow}",
            "s.yaml", tmp_path,
        )  # fmt: skip
        return planned(
            scenario, scenario.target, injector=injector, started_at=time.time(), seed=1,
            lease_s=5, tables=read_tables(scenario), injectors=injectors,
        )  # fmt: skip

    return make


@pytest.fixture
def play(begin, until):
    """Lets VUs play a plan to its end; the injector."""

    async def to_the_end(plan: InjectorPlan, vus: int = 1):
        injector = await begin(plan)
        await injector.vus(vus, "a")
        await until(lambda: injector.iterations("a")[0] >= vus * plan.groups[0].iterations)
        await injector.finish()
        injector.assert_counts_add_up()
        return injector

    return to_the_end


async def test_the_whole_flow_with_two_injectors_that_share_the_rows(target, plan_of, play):
    target.script = shop = Shop()
    plans = [plan_of(FLOW, injector=n, injectors=2, iterations=3, top="variables: {count: 5}")
             for n in range(2)]  # fmt: skip
    injectors = await asyncio.gather(*(play(plan, vus=2) for plan in plans))
    assert shop.refused == []
    assert [injector.errors for injector in injectors] == [{}, {}]
    assert Counter(order["user"] for order in shop.orders) == {row[0]: 1 for row in USERS.rows}
    for injector in injectors:
        assert injector.iterations("a") == (6, 0)
        assert injector.total("requests") == 5 * 6


async def test_after_the_last_row_comes_the_first(target, plan_of, play):
    target.script = shop = Shop()
    rows = Table(USERS.columns, USERS.rows[:3])
    await play(plan_of(FLOW, rows, iterations=7, top="variables: {count: 5}"))
    assert [order["article"] for order in shop.orders] == list("0120120")


async def test_a_wrong_row_is_refused_and_its_secret_is_not_told(target, plan_of, play):
    async def tells(seen, writer):
        body = b"wrong: " + seen.body + b" hunter2 hunter%262 " + b"x" * 150 + b"hunter2"
        writer.write(b"HTTP/1.1 403 x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))

    target.script = tells
    rows = Table(("name", "password"), (("ann", "hunter2"), ("bob", "hunter&2")))
    flow = """\
  a:
    - request: POST /login
      form: {n: "${users.name}", p: "${users.password}"}
"""
    injector = await play(plan_of(flow, rows, iterations=2))
    assert injector.errors == {"POST /login: HTTP 403": 2}
    samples = [error.sample for tick in injector.ticks for error in tick.errors]
    assert "n=ann&p=***" in samples[0]
    assert samples[0].count("***") >= 2
    assert "hunter2" not in str(injector.ticks)


async def test_a_secret_of_the_scenario_that_is_echoed_is_not_told(target, plan_of, play):
    async def tells(seen, writer):
        body = b"nobody has the password hunter2"
        writer.write(b"HTTP/1.1 403 x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))

    target.script = tells
    flow = """\
  a:
    - request: POST /login
      form: {name: "ann", password: hunter2}
"""
    injector = await play(plan_of(flow, iterations=1))
    (error,) = [error for tick in injector.ticks for error in tick.errors]
    assert "nobody has the password ***" in error.sample
    assert "hunter2" not in str(injector.ticks)


FORM = b'<input name="token" value="abc"> <input name="token" value="def">'
PLACES = {
    "first": ("regex: 'value=\"(\\w+)\"'", FORM, "", "abc"),
    "second": ("regex: 'value=\"(\\w+)\"', pick: 2", FORM, "", "def"),
    "third": ("regex: 'value=\"(\\w+)\"', pick: 3", FORM, "", None),
    "no group": ("regex: 'b+'", b"abbc", "", "bb"),
    "group that took no part": ("regex: 'a(x)?'", b"abc", "", None),
    "not there": ("regex: 'nothing'", b"abc", "", None),
    "letters": ("regex: '=(\\w+)'", "=zoë!".encode(), "", "zoë"),
    "GBK": ("regex: '欢(迎)'", "欢迎".encode("gbk"), "Content-Type: a/b; charset=GBK\r\n", "迎"),
    "UTF-16": ("regex: 'a=(\\w+)'", "a=bc".encode("utf-16-le"),
               "Content-Type: a/b; charset=utf-16-le\r\n", "bc"),
    "gzip": ("regex: 'a=(\\w+)'", gzip.compress(b"a=bc"), "Content-Encoding: gzip\r\n", "bc"),
    "no gzip": ("regex: 'a=(\\w+)'", b"a=bc", "Content-Encoding: gzip\r\n", None),
    "any letter": ("regex: '(?i)ABC'", b"abc", "", "abc"),
    "JSON text": ("json: 'a[1].b'", b'{"a": [1, {"b": "x\\u00e9"}]}', "", "xé"),
    "JSON number": ("json: a", b'{"a": 1.5}', "", "1.5"),
    "JSON true": ("json: a", b'{"a": true}', "", "true"),
    "JSON null": ("json: a", b'{"a": null}', "", None),
    "JSON tree": ("json: a", b'{"a": {"b":  1}}', "", '{"b":1}'),
    "JSON list": ("json: 'a[*].b', pick: 2", b'{"a": [{"b": 1}, {"b": 2}]}', "", "2"),
    "JSON list too short": ("json: 'a[*].b', pick: 3", b'{"a": [{"b": 1}, {"b": 2}]}', "", None),
    "no JSON": ("json: a", b"<html>", "", None),
    "JSON misused": ("json: 'abs(a)'", b'{"a": "x"}', "", None),
    "JSON of two kinds": ("json: 'max_by(@, &a).a'", b'[{"a": 1}, {"a": "x"}]', "", None),
    "JSON without an end": ("json: 'ceil(to_number(a))'", b'{"a": "1e999"}', "", None),
    "JSON expression": ("json: '&a'", b'{"a": 1}', "", None),
    "header": ("header: x-id", b"", "X-ID: 7 \r\nx-id: 8\r\n", "7"),
    "second header": ("header: X-Id, pick: 2", b"", "X-ID: 7\r\nx-id: 8\r\n", "8"),
    "no header": ("header: X-Id", b"", "X-Other: 7\r\n", None),
    "location": ("header: location", b"", "Location: /there?a=b\r\n", "/there?a=b"),
    "length": ("header: Content-Length", b"abc", "", "3"),
    "css": ("css: 'input[name=token]', attribute: value", FORM, "", "abc"),
    "last css": ("css: 'input[name=token]', attribute: value, pick: last", FORM, "", "def"),
    "css text": ("css: 'p b'", "<p>a<b> zoë </b></p>".encode(), "", "zoë"),
    "no css": ("css: 'p b'", FORM, "", None),
    "xpath": ("xpath: '//input[2]/@value'", FORM, "", "def"),
    "all of xpath": ("xpath: '//@value', pick: all, join: '+'", FORM, "", "abc+def"),
    "no xpath": ("xpath: '//b'", b"", "", None),
    "default": ("xpath: '//b', default: none", FORM, "", "none"),
    "all of regex": ("regex: '[a-f]{3}', pick: all", b"abc def", "", "abc,def"),
    "cookie": ("cookie: id", b"", "Set-Cookie: id=a; Path=/x\r\nSet-Cookie: id=b\r\n", "b"),
    "no cookie": ("cookie: id", b"", "Set-Cookie: other=a\r\n", None),
    "dropped cookie": ("cookie: id", b"", "Set-Cookie: id=a; Max-Age=0\r\n", None),
}  # fmt: skip


async def test_every_place_a_value_can_be_in(target, plan_of, begin, until):
    """All of them in one run, one after the other."""
    cases = list(PLACES.values())

    async def script(seen, writer):
        case = cases[int(seen.path.split("/")[1])]
        body = case[1] if seen.method == "GET" else b""
        head = case[2] if seen.method == "GET" else ""
        writer.write(f"HTTP/1.1 200 x\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)

    target.script = script
    names = [f"g{n}" for n in range(len(cases))]
    flows = "".join(
        f"  g{n}:\n    - request: GET /{n}/\n      name: get {n}\n      extract: {{v: {{{how}}}}}\n"
        f"    - request: POST /{n}/back\n      body: ${{v}}\n"
        for n, (how, *_) in enumerate(cases)
    )
    injector = await begin(plan_of(flows, groups=names))
    for name in names:
        await injector.vus(1, name)
    await until(lambda: all(injector.iterations(name)[0] for name in names))
    await injector.finish()
    back = {seen.path: seen.body.decode() for seen in target.seen if seen.method == "POST"}
    for n, (name, (*_, value)) in enumerate(PLACES.items()):
        assert back.get(f"/{n}/back") == value, name
        failed = [key for key in injector.errors if key.startswith(f"get {n}: ")]
        nothing = f"get {n}: check failed: nothing to extract for v by "
        assert [key.startswith(nothing) for key in failed] == [True] * (value is None), name


async def test_what_was_looked_for_is_told_with_the_answer(target, plan_of, play):
    async def script(_seen, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\ngo away")

    target.script = script
    flow = """\
  a:
    - request: GET /f
      extract: {number: {regex: 'no=(.)', pick: 2}}
    - request: GET /
"""
    injector = await play(plan_of(flow))
    key = "GET /f: check failed: nothing to extract for number by regex no=(.)"
    assert injector.errors == {key: 1}
    assert injector.sample(key) == "HTTP 200 OK; looked for regex no=(.), number 2\ngo away"
    assert injector.iterations("a") == (1, 1)
    assert target.paths == {"/f": 1}


async def test_values_are_gone_with_their_iteration_and_cookies_come_from_redirects(
    target, plan_of, play
):
    turns = iter(range(10))

    async def script(seen, writer):
        if seen.path == "/login":
            writer.write(f"HTTP/1.1 303 x\r\nLocation: /in\r\nSet-Cookie: sid={next(turns)}\r\n"
                         "Content-Length: 0\r\n\r\n".encode())  # fmt: skip
        else:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nk=v")

    target.script = script
    flow = """\
  a:
    - request: GET /before/${k}
      name: before
    - request: GET /login
      extract: {sid: {cookie: sid}, k: {regex: "=(.)"}}
    - request: GET /after/${sid}/${k}
      name: after
"""
    injector = await play(plan_of(flow, iterations=2, top="variables: {k: default}"))
    assert injector.errors == {}
    paths = [seen.path for seen in target.seen if seen.path not in ("/login", "/in")]
    assert paths == ["/before/default", "/after/0/v", "/before/default", "/after/1/v"]
