"""Scenarios in several files: what extends and include bring, and where their mistakes are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from perfconsole.scenario import assembling, document
from perfconsole.scenario.load import load
from perfconsole.scenario.masking import masked
from perfconsole.scenario.problems import ScenarioError

Files = Callable[..., Path]
BASE = """\
name: base
target: http://h:1
http: {timeout: 5s, headers: {Accept: text/html, X-Run: "7"}}
groups:
  browse: {vus: 2, ramp: 1 every 5s}
  buy: {vus: 1}
flows:
  browse: [{request: GET /home}]
  buy: [{request: GET /buy}, {think: 1s}]
objectives: [{metric: tps, min: 1}]
"""


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """Writes files by name; the path of the first."""

    def write(**texts: str) -> Path:
        for name, text in texts.items():
            path = tmp_path / name.replace("__", "/")
            path = path.with_name(f"{path.name}.yaml")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path / f"{next(iter(texts))}.yaml"

    return write


def problems(path: Path) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        load(path)
    return str(caught.value).replace(f"{path.parent}/", "").splitlines()


def test_a_scenario_laid_over_another(files):
    path = files(
        s="""\
extends: base.yaml
name: more
http: {timeout: 9s, headers: {X-Run: "8"}}
groups:
  browse: {vus: 20, ramp: null}
  buy: null
flows:
  browse: {init: [{request: GET /in}], steps: [{request: GET /more}]}
objectives: []
""",
        base=BASE,
    )
    scenario = load(path)
    assert scenario.name == "more"
    assert scenario.target == "http://h:1"
    assert scenario.http.timeout == 9
    assert scenario.http.headers == {"Accept": "text/html", "X-Run": "8"}
    assert list(scenario.groups) == ["browse"]
    assert (scenario.groups["browse"].vus, scenario.groups["browse"].ramp) == (20, None)
    assert len(scenario.flows["browse"].steps) == 1
    assert len(scenario.flows["buy"].steps) == 2
    assert scenario.objectives == ()
    assert (scenario.extends, scenario.include) == (None, ())
    assert masked(scenario).keys().isdisjoint({"extends", "include"})


def test_fragments_are_added_and_may_bring_more(files):
    path = files(
        s="""\
name: x
target: http://h:1
include: [parts/flows.yaml, parts/data.yaml]
groups: {browse: {}}
flows: {browse: [{flow: login}]}
""",
        parts__flows="include: [data.yaml]\nflows: {login: [{request: 'GET /${host}'}]}\n",
        parts__data="variables: {host: h}\ndata: {users: {csv: users.csv}}\n",
    )
    (path.parent / "parts/users.csv").write_text("name\nanna\n")
    scenario = load(path)
    assert list(scenario.flows) == ["browse", "login"]
    assert scenario.variables == {"host": "h"}
    assert scenario.data["users"].csv == f"{path.parent}/parts/users.csv"


def test_files_are_beside_the_file_that_names_them(files, tmp_path, monkeypatch):
    path = files(
        s="extends: deep/base.yaml\nflows: {a: [{request: POST /, body_file: own.bin}]}\n"
        "http: {ca: null}\n",
        deep__base="extends: ../deeper/base.yaml\ndata: {d: {csv: d.csv}}\nhttp: {ca: no.pem}\n",
        deeper__base="name: x\ntarget: http://h:1\ngroups: {a: {}}\n"
        "flows: {b: [{request: POST /, multipart: {f: {file: f.bin}}}]}\n",
    )
    for name in ("own.bin", "deeper/f.bin"):
        (tmp_path / name).touch()
    (tmp_path / "deep/d.csv").write_text("a\n1\n")
    scenario = load(path)
    (step,) = scenario.flows["a"].steps
    assert step.body_file == f"{tmp_path}/own.bin"
    (step,) = scenario.flows["b"].steps
    assert step.multipart["f"].file == f"{tmp_path}/deeper/f.bin"
    assert scenario.data["d"].csv == f"{tmp_path}/deep/d.csv"
    monkeypatch.setenv("HOME", str(tmp_path))
    path.write_text("extends: ~/deep/base.yaml\nhttp: {ca: null}\nflows: {a: [{think: 1s}]}\n")
    assert load(path).name == "x"
    monkeypatch.chdir(tmp_path)
    assert load(Path("s.yaml")).data["d"].csv == f"{tmp_path}/deep/d.csv"


def test_a_mistake_is_told_with_its_own_file_and_line(files):
    path = files(
        s="""\
extends: base.yaml
include: [parts/more.yaml]
groups:
  browse: {vsu: 3}
  other: {}
""",
        base=BASE.replace("GET /buy", "GETT /buy"),
        parts__more="# flows\nflows:\n  other:\n    - thnk: 1s\n  buy: [{think: 1s}]\n"
        "data: {users: {csv: none.csv}}\n",
    )
    assert problems(path) == [
        's.yaml:4: unknown key "vsu" in groups.browse; did you mean "vus"?',
        "base.yaml:9: flows.buy step 1, request: a request is a method and a path, such as "
        '"GET /home"',
        "parts/more.yaml:4: flows.other step 1: a step is one of request, transaction, think, "
        "pacing, rendezvous, check, extract, set, if, repeat, while, choose, one_of and flow; "
        'did you mean "think"?',
        "parts/more.yaml:5: flows.buy is in base.yaml:9 already; an included file adds, it does "
        "not replace",
        "parts/more.yaml:6: data.users.csv: there is no file parts/none.csv",
    ]


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        ({"s": "name: x\nextends: no.yaml\n"}, "s.yaml:2: extends: no.yaml: there is no such file"),
        ({"s": "include:\n  - no.yaml\n"}, "s.yaml:2: include 1: no.yaml: there is no such file"),
        ({"s": "extends: parts\n", "parts__x": "a: 1\n"},
         "s.yaml:1: extends: parts: this is no file; a scenario is a YAML file"),
        ({"s": "extends: ''\n"},
         "s.yaml:1: extends: DIR: this is no file; a scenario is a YAML file"),
        ({"s": 'extends: "a\\0b"\n'},
         "s.yaml:1: extends: a\0b: cannot be read: its name is no file name"),
        ({"s": "extends: s.yaml\n"},
         "s.yaml:1: extends: files lead back to themselves: s.yaml > s.yaml"),
        ({"s": "extends: b.yaml\n", "b": "\ninclude: [s.yaml]\n"},
         "b.yaml:2: include 1: files lead back to themselves: s.yaml > b.yaml > s.yaml"),
        ({"s": "extends: b.yaml\n", "b": "a: b: c\n"},
         'b.yaml:1: a ":" that does not fit here; look at the indentation, and quote text with '
         '": " in it'),
        ({"s": "extends: b.yaml\n", "b": "- a\n"},
         "b.yaml:1: a scenario is a set of keys: name, target, groups, flows, ..."),
        ({"s": "extends: b.yaml\n", "b": "# a\n"}, "b.yaml:1: nothing but comments in this file"),
        ({"s": "include: [b.yaml]\nname: x\ntarget: http://h\ngroups: {a: {}}\n"
               "flows: {a: [{think: 1s}]}\n", "b": "name: y\n"},
         "b.yaml:1: name is in s.yaml:2 already; an included file adds, it does not replace"),
        ({"s": "include: b.yaml\nname: x\ntarget: http://h\ngroups: {a: {}}\n"
               "flows: {a: [{think: 1s}]}\n"},
         's.yaml:1: include must be a list, each line beginning with "-", not "b.yaml"'),
    ],
)  # fmt: skip
def test_what_is_wrong_with_naming_files(files, texts, problem):
    path = files(**texts)
    (line,) = problems(path)
    assert line.replace(str(path.parent), "DIR") == problem


def test_files_lead_to_files_only_so_far(files):
    chain = {f"f{n}": f"extends: f{n + 1}.yaml\n" for n in range(12)}
    assert problems(files(**chain)) == [
        "f10.yaml:1: extends: files lead to files more than 10 deep"
    ]
    load(files(**{name: chain[name] for name in list(chain)[:10]}, f10=BASE))


def test_the_sizes_of_all_files_count_together(files, monkeypatch):
    monkeypatch.setattr(document, "MOST_VALUES", 350)
    many = f"flows: {{a: [{', '.join(['{think: 1s}'] * 100)}]}}\n"
    path = files(s="include: [a.yaml, b.yaml]\n", a=many, b=many.replace("a:", "b:", 1))
    assert problems(path) == ["b.yaml:1: more than 350 values with all aliases written out"]
    monkeypatch.setattr(document, "MOST_VALUES", 1000)
    monkeypatch.setattr(assembling, "LARGEST_MB", 0.002)
    assert problems(path) == ["s.yaml:1: include 2: more than 0.002 MB in all files together"]
