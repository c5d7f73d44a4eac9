"""The demo target's pages, as a browser or a load sees them."""

from __future__ import annotations

import asyncio

import pytest

from perfconsole.demo.catalogue import PAGES
from perfconsole.demo.example import demo_scenario_path
from perfconsole.model.steps import RequestSpec
from perfconsole.scenario.inventory import all_steps
from perfconsole.scenario.load import load
from perfconsole.scenario.planning import plan_for

FIELDS = {"title": "pipe", "item": "pipe", "price": "5", "to": "anna", "text": "hello",
          "amount": "100", "user": "anna", "password": "x", "kind": "sale",
          "day": "Monday"}  # fmt: skip


async def test_every_page_answers_and_is_recognisable(target):
    await target.post("/login", data={"user": "anna", "password": "x"})
    for path, page in PAGES.items():
        fields = {name: FIELDS[name] for name in page.fields}
        answer = await (target.post(path, data=fields) if fields else target.get(path))
        assert answer.status_code == 200, path
        assert f"<title>{page.title} - {page.site}</title>" in answer.text
        assert page.said.format_map(FIELDS) in answer.text
        assert 1_000 <= len(answer.content) <= 20_000
        assert int(answer.headers["content-length"]) == len(answer.content)


async def test_pages_behind_the_login(target):
    assert (await target.post("/quote", data=FIELDS)).status_code == 401
    away = await target.get("/resume")
    assert (away.status_code, away.headers["location"]) == (303, "/login")
    assert (await target.get("/login")).status_code == 200
    assert (await target.post("/login", data={"user": "anna"})).status_code == 401
    welcome = await target.post("/login", data={"user": "<Anna & Co.>", "password": "x"})
    assert "Welcome back, &lt;Anna &amp; Co.&gt;." in welcome.text
    assert (await target.get("/resume")).status_code == 200
    assert (await target.post("/quote", json={"item": "pipe", "price": 5})).status_code == 200


async def test_a_forged_session_is_none(target):
    for cookie in ("anna", "anna.", ".", "anna.0123", "%ff.é"):
        answer = await target.get("/resume", headers={"Cookie": f"session={cookie}".encode()})
        assert answer.status_code == 303


@pytest.mark.parametrize(
    ("method", "path", "sent", "status"),
    [
        ("GET", "/nothing", {}, 404),
        ("DELETE", "/supply", {}, 405),
        ("GET", "/register", {}, 405),
        ("POST", "/register", {"data": {"user": "a"}}, 400),
        ("POST", "/register", {"json": [1]}, 400),
        ("POST", "/register", {"content": b"\xff\xfe"}, 400),
        ("POST", "/register", {"content": b"x" * 1_100_000}, 413),
        ("HEAD", "/supply", {}, 200),
    ],
)
async def test_odd_requests(target, method, path, sent, status):
    answer = await target.request(method, path, **sent)
    assert answer.status_code == status
    if status == 405:
        assert answer.headers["allow"] in ("GET, HEAD", "POST")


async def test_counts_are_exact(target):
    paths = ["/", "/supply", "/nothing", "/quote"] * 25
    await asyncio.gather(*(target.get(path) for path in paths))
    stats = (await target.get("/-/stats")).json()
    assert stats["received"] == 100
    assert stats["paths"] == {"/": 25, "/nothing": 25, "/quote": 25, "/supply": 25}
    assert stats["answered"] == {"200": 50, "404": 25, "405": 25}
    assert (stats["busy_workers"], stats["waiting"]) == (0, 0)
    assert (await target.post("/-/reset")).json()["received"] == 0
    assert (await target.get("/-/stats")).json()["paths"] == {}


async def test_what_the_demo_scenario_asks_is_answered_as_it_expects(target):
    scenario = load(demo_scenario_path())
    plan = plan_for(scenario, str(target.base_url), injector=0, started_at=0, seed=0, lease_s=5)
    asked = 0
    for flow in (group.script.steps for group in plan.groups):
        for transaction in (step for step in flow if hasattr(step, "steps")):
            for step in transaction.steps:
                answer = await target.request(
                    step.method, step.path, headers=list(step.headers), content=step.body
                )
                assert answer.status_code == 200
                assert all(text in answer.text for text in step.check.body_contains)
                asked += 1
    steps = [step for flow in scenario.flows.values() for step in all_steps(scenario, flow)]
    assert asked == sum(isinstance(step, RequestSpec) for step in steps)


def token_in(text: str) -> str:
    return text.split('name="token" value="')[1].split('"', maxsplit=1)[0]


async def test_an_account_wants_the_token_of_its_own_form(target):
    form = {"user": "anna", "password": "harbour-anna", "token": "x"}
    assert (await target.post("/account", data=form)).status_code == 403
    form["token"] = token_in((await target.get("/account")).text)
    assert (await target.post("/account", data=form | {"password": "x"})).status_code == 401
    assert (await target.post("/account", data=form | {"token": form["token"][:-1]})
            ).status_code == 403  # fmt: skip
    welcome = await target.post("/account", data=form)
    assert (welcome.status_code, "Welcome to your account, anna." in welcome.text) == (200, True)
    other = await target.post("/account", data=form, headers={"Cookie": "visit=somebody"})
    assert other.status_code == 403


async def test_an_order_wants_a_login_and_its_token(target):
    order = {"article": "17", "token": "x"}
    assert (await target.post("/order", json=order)).status_code == 401
    assert (await target.get("/order")).status_code == 303
    await target.post("/login", data={"user": "anna", "password": "x"})
    assert (await target.post("/order", json=order)).status_code == 403
    order["token"] = token_in((await target.get("/order")).text)
    assert "article 17 is placed" in (await target.post("/order", json=order)).text
    assert (await target.delete("/order")).headers["allow"] == "GET, HEAD, POST"
