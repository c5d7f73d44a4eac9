"""Data, variables and extraction as a person has them: the shipped example, and bad input."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

EXAMPLE = Path(__file__).parents[2] / "scenarios" / "login-extract.yaml"
SCENARIO = """\
name: rows
target: {url}
data: {{users: {{csv: users.csv, delimiter: ";"}}}}
groups: {{order: {{vus: 4, iterations: 3}}}}
flows:
  order:
    - request: GET /account
      extract: {{token: {{regex: 'name="token" value="(\\w+)"'}}}}
    - request: POST /account
      form: {{user: "${{users.name}}", password: "${{users.password}}", token: "${{token}}"}}
    - request: GET /order
      extract: {{token: {{regex: 'name="token" value="(\\w+)"'}}}}
    - request: POST /order
      name: POST /order
      json: {{article: "${{users.article}}", token: "${{token}}"}}
      check: {{body_contains: "article ${{users.article}} is placed"}}
"""


@pytest.fixture
def rows(scenario_file, target, tmp_path):
    """The scenario above with these rows."""

    def write(text: str) -> Path:
        (tmp_path / "users.csv").write_text("name;password;article\n" + text)
        return scenario_file(SCENARIO.format(url=target.url))

    return write


def test_two_injectors_play_all_rows_and_the_journal_has_none(program, rows, target, home):
    text = "".join(f"user-{n};harbour-user-{n};article-{n}\n" for n in range(12))
    done = program("run", rows(text), "--headless", "--injectors", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    requests = program.summary()["requests"]
    assert (requests["count"], requests["failed"], requests["cut"]) == (48, 0, 0)
    stats = httpx.get(f"{target.url}/-/stats", timeout=10).json()
    assert stats["paths"] == {"/account": 24, "/order": 24}
    assert stats["answered"] == {"200": 48}
    kept = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert b"users.csv, 12 rows of name, password, article" in kept
    assert b"user-1" not in kept
    assert b"article-1" not in kept


def test_what_the_target_refuses_fails_and_no_secret_is_told(program, rows, home):
    done = program("run", rows("anna;top-hush;1\nbo;harbour-bo;2\n"), "--headless")
    assert done.returncode == 1
    (error,) = program.summary()["errors"]
    assert error["key"] == "POST /account: HTTP 401"
    kept = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert b"top-hush" not in kept + done.stdout.encode() + done.stderr.encode()


def test_the_example_runs(program):
    done = program("run", EXAMPLE, "--headless", "--duration", "4s", "--vus", "6")
    assert done.returncode == 0, done.stdout + done.stderr
    summary = program.summary()
    assert summary["requests"]["failed"] == 0
    assert summary["transactions"]["order"]["passed"] > 0


def test_check_counts_rows(program):
    done = program("check", EXAMPLE)
    assert done.returncode == 0
    assert "6 rows of name, password, article, sequential" in done.stdout
    assert "  count: 2\n" in done.stdout


@pytest.mark.parametrize("command", ["check", "run"])
def test_bad_data_is_bad_input(command, program, rows, home):
    path = rows("anna;top-hush;1\nbo;harbour-bo\n")
    done = program(command, path, *(["--headless"] if command == "run" else []))
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line == (
        f"{path}:3: data.users: {path.parent}/users.csv line 3: 2 values, but there are 3 columns"
    )
    assert not list(home.glob("runs/*"))
