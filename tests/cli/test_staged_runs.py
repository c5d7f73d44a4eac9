"""Loads in stages from the command line: as planned in `check`, played to their end by `run`."""

from __future__ import annotations

SCENARIO = """\
name: staged
target: {url}
vus: 20
seed: 3
groups:
  look:
    load: [{{to: 6, over: 1s}}, {{wave: [2, 6], period: 1s, lasting: 1s}}, {{curve: day.csv}},
           {{to: 0, over: 500ms}}]
  buy: {{load: [{{to: 40/s, over: 1s}}, {{hold: 1s}}, {{to: 0, over: 1s}}], vus: 25%}}
  few: {{vus: 10%, iterations: 2, flow: look}}
flows:
  look: [{{request: GET /guide}}, {{think: 100ms}}]
  buy: [{{request: GET /}}, {{request: GET /guide}}]
"""


def written(tmp_path, url: str):
    (tmp_path / "day.csv").write_text("time,load\n09:00:00,2\n09:00:01,5\n", encoding="utf-8")
    path = tmp_path / "staged.yaml"
    path.write_text(SCENARIO.format(url=url), encoding="utf-8")
    return path


def test_check_shows_the_load_to_come(program, tmp_path) -> None:
    done = program("check", written(tmp_path, "http://127.0.0.1:1"))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 90
    for line in (
        '  look: at most 6 VUs, 4 stages in 3.5s',
        '  buy: at most 40/s arrivals, constant, by at most 5 VUs, 3 stages in 3s',
        '  few: 2 VUs (10 %), all at once, 2 iterations each, flow "look"',
        "VUs over time",
        "arrivals a second over time",
        "  look: 1 request an iteration, one every 100ms: at most about 60 requests/s of 6 VUs",
        "    to 6 over 1s, wave from 2 to 6 every 1s for 1s,",
        "    recorded curve of 2 points up to 5 for 1s, to 0 over 500ms",
        "  buy: 2 requests an iteration: 80 requests/s at 40/s arrivals",
    ):  # fmt: skip
        assert line in lines
    assert any(line.startswith("  40") for line in lines)


def test_a_run_ends_with_its_load_and_counts_every_arrival(program, target, tmp_path) -> None:
    done = program("run", written(tmp_path, target.url), "--headless", "--injectors", "2")
    assert done.returncode == 0, done.stderr + done.stdout
    groups = program.summary()["groups"]
    buy = groups["buy"]
    assert buy["due"] == buy["offered"] == buy["iterations"] == buy["asked"] == 80
    # Down from 6 to 2 and up again: up to 4 may still be ending their iterations.
    assert 6 <= groups["look"]["peak_vus"] <= 10
    assert groups["few"]["iterations"] == 4
