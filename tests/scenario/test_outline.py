"""What `check` prints."""

from __future__ import annotations

import pytest

from perfconsole.scenario.advice import has_end, unwise
from perfconsole.scenario.outline import outline
from perfconsole.scenario.shape import scaled, with_duration
from perfconsole.scenario.tables import read_tables


def test_an_outline_tells_it_all(shop):
    lines = outline(shop).splitlines()
    for line in (
        "shop",
        "  target     http://127.0.0.1:8080",
        "  ends       by hand",
        "  VUs        10",
        "  browse: 6 VUs, 2 every 5s, complete after 10s",
        "  buy: 3 VUs, to 3 over 10s, complete after 15s, starts after 5s, 4 iterations each",
        '  again: 1 VU, all at once, flow "buy"',
        "  GET /home?a=b",
        "  think 1s to 2s",
        '  GET /list?token=*** as "list"',
        '  transaction "order"',
        "    POST /login, with form, check status 200 or 201, within 3s",
        '    check status 200, body contains "Welcome", body contains "back"',
        '  rendezvous "pay"',
        "  POST /pay, with json",
        'rendezvous "pay" of buy, again: waits for 2, at most 30s between arrivals, '
        "off until a hand turns it on",
        "  p95_ms of order at most 300",
        "  tps of GET /home at least 1",
        '  no group runs the flow "idle"',
        '  flow "buy" has no think time: its VUs ask as fast as they can',
    ):
        assert line in lines
    assert "hush" not in "".join(lines)


def test_what_is_unwise(shop):
    assert not any("open files" in line for line in unwise(shop, hard_limit=1000))
    advice = unwise(scaled(shop, 1000), hard_limit=1000)
    assert any(line.startswith("it needs 1,128 open files, this machine allows") for line in advice)
    assert any(line.startswith("it has no end") for line in advice)
    assert not any("no end" in line for line in unwise(with_duration(shop, 5)))


def test_pacing_spaces_requests_as_think_times_do(loaded):
    scenario = loaded(
        "name: x\ntarget: http://h\nduration: 1m\n"
        "groups: {a: {pacing: every 5s}, b: {}, c: {}}\n"
        "flows: {a: [{request: GET /}], b: [{request: GET /}, {pacing: after 1s}], "
        "c: [{request: GET /}]}\n"
    )
    assert unwise(scenario) == ('flow "c" has no think time: its VUs ask as fast as they can',)


def test_a_flow_within_another_is_played(loaded):
    scenario = loaded(
        "name: x\ntarget: http://h\ngroups: {b: {iterations: 2}}\n"
        "flows: {b: [{if: 1 == 1, then: [{flow: c}]}, {think: 1s}], c: [{request: GET /}]}\n"
    )
    assert unwise(scenario) == ()


def test_a_rendezvous_that_can_never_fill(loaded):
    scenario = loaded(
        "name: x\ntarget: http://h\ngroups: {b: {vus: 3, iterations: 2}}\n"
        "flows: {b: [{rendezvous: p}, {think: 1s}]}\nrendezvous: {p: {wait_for: 5}}\n"
    )
    assert has_end(scenario)
    assert unwise(scenario) == ('rendezvous "p" waits for 5 VUs, but its groups have 3',)


@pytest.mark.parametrize(
    ("group", "steps", "hurries"),
    [
        ("{}", "{request: GET /}", 'flow "b" has no think time'),
        ("{think: {ignore: true}}", "{request: GET /}", 'flow "b" has no think time'),
        ("{think: {ignore: true}}", "{think: 1s}", "group b waits no think time"),
        ("{think: {factor: 0}}", "{think: 1s}", "group b waits no think time"),
        ("{think: {factor: 0}, pacing: every 2s}", "{think: 1s}", None),
        ("{think: {factor: 0.1}}", "{think: 1s}", None),
        ("{pacing: every 2s}", "{request: GET /}", None),
        ("{think: {ignore: true}}", "{request: GET /}, {pacing: every 2s}", None),
        ("{rate: 5/s}", "{request: GET /}", None),
    ],
)
def test_who_never_waits(loaded, group, steps, hurries):
    scenario = loaded(
        "name: x\ntarget: http://h\nduration: 5s\n"
        f"groups: {{b: {group}}}\nflows: {{b: [{steps}]}}\n"
    )
    wanted = () if hurries is None else (f"{hurries}: its VUs ask as fast as they can",)
    assert unwise(scenario, hard_limit=-1) == wanted


def test_what_is_a_groups_own(loaded):
    lines = outline(
        loaded(
            "name: x\ntarget: http://h\nwarmup: 2s\ninitialize_all: true\n"
            "groups:\n"
            "  a: {think: {factor: 2, limit: 4s}, pacing: after 1s, bandwidth: 2Mbit/s,\n"
            "      source_ips: [127.0.0.1, 127.0.0.3], on_error: stop_vu, samples: 2000}\n"
            "  b: {flow: a, think: {ignore: true, limit: 1s}, after_group: a, start_after: 3s,\n"
            "      duration: 5s}\n"
            "  c: {flow: a, after_group: b, duration: 1m}\n"
            "flows: {a: [{think: 1s}]}\n"
        )
    ).splitlines()
    at = lines.index("groups")
    assert lines[at + 1 : at + 6] == [
        "  a: 1 VU, all at once, 2,000 iterations in all",
        "    think times × 2, think times at most 4s, pacing after 1s, on error stop_vu, "
        "lines of 2,000 kbit/s, from 127.0.0.1, 127.0.0.3",
        '  b: 1 VU, all at once, starts 3s after a, for 5s, flow "a"',
        "    no think times",
        '  c: 1 VU, all at once, starts after b, for 1m, flow "a"',
    ]
    assert "  warm-up    2s, left out of the objectives" in lines
    assert "  begins     when every VU has been initialized" in lines


def test_servers_alone(loaded):
    text = outline(loaded("name: x\nservers: {a: {local: true, judged: false}}\n"))
    assert "  a: this machine, every 2s, not judged" in text
    assert "objectives" not in text


@pytest.mark.parametrize(("vus", "scarce"), [(3, False), (4, True)])
def test_rows_that_vus_keep_are_counted(loaded, tmp_path, vus, scarce):
    (tmp_path / "users.csv").write_text("name\na\nb\nc\n")
    scenario = loaded(
        "name: x\ntarget: http://127.0.0.1:1\nduration: 5s\n"
        "data: {users: {csv: users.csv, order: unique_per_vu}}\n"
        f"groups: {{a: {{vus: {vus}}}, b: {{vus: 9}}}}\n"
        "flows:\n  a: [{request: 'GET /${users.name}'}, {think: 1s}]\n"
        "  b: [{request: GET /}, {think: 1s}]\n"
    )
    line = "users has 3 rows for 4 VUs that each keep one: the others end"
    assert (line in unwise(scenario, read_tables(scenario))) == scarce
