"""What is known of flows in Python before anything of them runs, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from perfconsole.scenario.inventory import groups_of_point, points_of
from perfconsole.scenario.load import load
from perfconsole.scenario.outline import outline
from perfconsole.scenario.planning import plan_for
from perfconsole.scenario.problems import ScenarioError
from perfconsole.scenario.python_files import python_flows

SCENARIO = """
name: s
target: http://127.0.0.1:8080
http: {headers: {X-Run: "7"}, timeout: 4s, auth: {bearer: abc}}
groups:
  shop: {flow: flows/checkout.py:checkout, vus: 2, on_error: continue, headers: {x-own: a}}
"""
Written = Callable[..., Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """A scenario's file, and its flow's."""

    def write(source: str | bytes, more: str = "") -> Path:
        file = tmp_path / "flows" / "checkout.py"
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(source.encode() if isinstance(source, str) else source)
        path = tmp_path / "s.yaml"
        path.write_text(SCENARIO + more)
        return path

    return write


def test_names_are_read_from_the_function_and_those_it_uses(written: Written) -> None:
    path = written(
        """
async def init(vu): await vu.get("/account")
async def checkout(vu):
    with vu.transaction("order"):
        await vu.post("/order?a=1#b")
    await Pages(vu).pay()
async def other(vu):
    await vu.rendezvous("elsewhere")
    async with vu.transaction("never"): ...
class Pages:
    def __init__(self, vu): self.vu = vu
    async def pay(self):
        await self.vu.rendezvous("pay")
        await self.vu.request("PUT", "/pay", name="paying")
        await self.vu.think("1s")
        {}.get("key"), {}.get("/path")
""",
        "rendezvous: {pay: {wait_for: 2}}\nobjectives: [{metric: p95_ms, of: paying, max: 9}]\n",
    )
    scenario = load(path)
    assert list(points_of(scenario)) == ["pay"]
    assert groups_of_point(scenario, "pay") == ("shop",)
    assert set(python_flows(scenario)["shop"].transactions) == {
        "GET /account",
        "order",
        "POST /order",
        "paying",
    }
    assert "no think time" not in outline(scenario)
    assert "checkout.py:checkout" in outline(scenario)


@pytest.mark.parametrize(
    "statement",
    [
        'await vu.get(f"/item/{n}")',
        "await vu.transaction(name).__aenter__()",
        'await vu.httpx.get("/a")',
        "await helping.play(vu)",
        "await vu.rendezvous(point)",
    ],
)
def test_names_made_while_it_runs_may_be_any(written: Written, statement: str) -> None:
    path = written(
        f"import helping\nasync def checkout(vu):\n    {statement}\n",
        "rendezvous: {pay: {wait_for: 2}}\nobjectives: [{metric: p95_ms, of: x, max: 9}]\n",
    )
    scenario = load(path)
    assert list(points_of(scenario)) == ["pay"]
    assert groups_of_point(scenario, "pay") == ("shop",)


def test_names_that_nobody_uses_are_mistakes_when_all_are_known(written: Written) -> None:
    path = written(
        "async def checkout(vu):\n    async with vu.transaction('order'): ...\n",
        "rendezvous: {pay: {wait_for: 2}}\nobjectives: [{metric: p95_ms, of: ordr, max: 9}]\n",
    )
    with pytest.raises(ScenarioError) as caught:
        load(path)
    text = str(caught.value)
    assert "no flow comes by it" in text and 'did you mean "order"?' in text


def test_the_plan_carries_what_goes_with_every_request(written: Written) -> None:
    scenario = load(written("async def checkout(vu): ...\n"))
    plan = plan_for(
        scenario, "http://127.0.0.1:8080", injector=0, started_at=0.0, seed=1, lease_s=4.0
    )
    (group,) = plan.groups
    assert group.python is not None
    assert Path(group.python.path).is_absolute() and group.python.function == "checkout"
    assert group.python.timeout_s == 4.0 and group.on_error == "continue"
    headers = dict(group.headers)
    assert headers["X-Run"] == "7" and headers["x-own"] == "a"
    assert headers["Authorization"] == "Bearer abc" and headers["Accept"] == "*/*"


@pytest.mark.parametrize(
    ("source", "wrong"),
    [
        ("async def chekout(vu): ...", 'has no function "checkout"; did you mean "chekout"?'),
        ("", 'has no function "checkout"; there are no async functions'),
        ("\nasync def checkout(vu:\n", "flows/checkout.py:2: '(' was never closed"),
        ("def checkout(vu): ...", "checkout.py:1: checkout is not async; write async def"),
        ("async def checkout(): ...", "checkout.py:1: checkout does not take one argument"),
        ("async def checkout(vu, more): ...", "checkout does not take one argument, the VU"),
        ("async def checkout(vu, *, a): ...", "checkout does not take one argument, the VU"),
        ("async def checkout(vu):\n    yield 1", "checkout.py:1: checkout yields"),
        ("async def checkout(vu): ...\ndef init(vu): ...", "checkout.py:2: init is not async"),
        (b"\xff\xfe\x00", "checkout.py"),
        (b"# coding: nonsense\n", "checkout.py"),
    ],
)
def test_one_line_tells_what_is_wrong(written: Written, source: str | bytes, wrong: str) -> None:
    path = written(source)
    with pytest.raises(ScenarioError) as caught:
        load(path)
    (problem,) = caught.value.problems
    assert problem.line == 6
    assert problem.text.startswith("groups.shop.flow: ") and wrong in problem.text


@pytest.mark.parametrize(
    "source",
    [
        "async def checkout(vu, more=1): ...",
        "async def checkout(*vus): ...",
        "from elsewhere import checkout",
        "from elsewhere import *",
        "checkout = make()",
        "@decorated\ndef checkout(a, b): ...",
        "if True:\n    async def checkout(vu): ...",
        "async def checkout(vu):\n    [(yield_, 1) for yield_ in ()]\n    lambda: (yield)",
    ],
)
def test_what_may_be_a_flow_is_left_to_the_run(written: Written, source: str) -> None:
    load(written(source))


@pytest.mark.parametrize(
    ("flow", "wrong"),
    [
        ("flows/nothing.py:checkout", "cannot be read: No such file or directory"),
        ("flows/checkout.py", "write a file and its function, such as"),
        ("flows/checkout.py:check out", "write a file and its function, such as"),
        ("flows/checkout.py:init", "an iteration needs a function of its own"),
        ("flows:x", 'there is no flow "flows:x"'),
    ],
)
def test_a_place_that_is_none_is_told(written: Written, flow: str, wrong: str) -> None:
    path = written("async def init(vu): ...\nasync def checkout(vu): ...\n")
    path.write_text(path.read_text().replace("flows/checkout.py:checkout", f'"{flow}"'))
    with pytest.raises(ScenarioError, match=wrong):
        load(path)


def test_nothing_of_it_runs(written: Written, tmp_path: Path) -> None:
    load(written(f"open({str(tmp_path / 'ran')!r}, 'w')\nasync def checkout(vu): ...\n"))
    assert not (tmp_path / "ran").exists()
