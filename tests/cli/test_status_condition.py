"""Conditions on a status: names by their way through it, compared as a scenario's are."""

from __future__ import annotations

from typing import Any

import pytest

from perfconsole.cli.status_condition import holds, parse, unknown

STATUS: dict[str, Any] = {
    "seq": 7,
    "state": "running",
    "vus": 200,
    "target_vus": 300,
    "tps": 41.5,
    "p95_ms": None,
    "saturated": False,
    "verdict": None,
    "groups": {"browse": {"vus": 120, "state": "paused"}, "top up": {"vus": 80}},
    "servers": {"web1": {"cpu_percent": 74.25, "disk_percent:/var.d": 12.0}, "db1": {}},
    "injectors": [{"number": 0, "cpu_percent": 30.0}],
}


@pytest.mark.parametrize(
    ("text", "so"),
    [
        ("vus>=200", True),
        ("vus > 200", False),
        ("vus==200.0", True),
        ("200<=vus", True),
        ("vus>=target_vus", False),
        ("state==running", True),
        ("state != running", False),
        ("state==ended or vus==200", True),
        ("state==running and vus<10", False),
        ("groups.browse.vus>=120", True),
        ("groups.browse.state==paused", True),
        ("groups.top up.vus>=80", True),
        ('"groups.top up.vus" >= 80', True),
        ("servers.web1.cpu_percent>75", False),
        ("servers.web1.disk_percent:/var.d<20", True),
        ("servers.db1.cpu_percent>0", False),
        ("servers.db1.cpu_percent<100", False),
        ("groups.browse.offered_per_s>0", False),
        ("alarms.errors.level==error", False),
        ("p95_ms<500", False),
        ("p95_ms>=0", False),
        ("p95_ms is set", False),
        ("tps is set", True),
        ("verdict is empty", True),
        ("saturated==false", True),
        ("tps matches ^41", True),
        ("injectors.0.cpu_percent<31", True),
    ],
)
def test_it_holds_or_not(text, so) -> None:
    condition = parse(text)
    assert unknown(condition, STATUS) is None
    assert holds(condition, STATUS) is so


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("vuss>=200", "there is no 'vuss'; there are seq, state, vus, target_vus"),
        ("groups.brwse.vus>=2", "there is no 'groups.brwse.vus'; there are "),
        ("groups.browse.vu>=2", "there are groups.browse.vus, groups.browse.state"),
        ("servers.web2.cpu_percent>1", "there is no 'servers.web2.cpu_percent'"),
        ("1==1", "there is no '1'"),
    ],
)
def test_a_name_that_is_not_there_is_told_with_those_that_are(text, says) -> None:
    assert says in (unknown(parse(text), STATUS) or "")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", '"vus>=200"'),
        ("vus", "'vus' compares nothing; write \"vus>=200\""),
        ("vus>=1 and tps>1 or tps<1", "by and alone, or by or alone"),
        ("vus > 1 > 0", "compares twice"),
        ('state=="running', "a quote is not closed"),
        ("__import__('os').system('x')", "compares nothing"),
    ],
)
def test_what_is_no_condition(text, says) -> None:
    with pytest.raises(ValueError, match=r".") as raised:
        parse(text)
    assert says in str(raised.value)
    assert "${role}" not in str(raised.value)


def test_of_a_run_that_is_gone_only_its_end_is_known() -> None:
    assert holds(parse("state==ended"), {"state": "ended"})
    assert not holds(parse("vus>=0"), {"state": "ended"})
