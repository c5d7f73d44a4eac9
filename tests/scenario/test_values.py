"""Variables, data sets and extractions of a scenario: what is right, what is told, what is sent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.injector.frames import frame, order_frames
from perfconsole.model import plan as plan_types
from perfconsole.model.dataset import Table
from perfconsole.model.holes import Hole, mark
from perfconsole.model.plan import Extract
from perfconsole.model.scenario import Scenario
from perfconsole.model.wire import Begin
from perfconsole.scenario import row_source
from perfconsole.scenario.interpolation import Reference, literal, pieces
from perfconsole.scenario.load import load
from perfconsole.scenario.masking import masked
from perfconsole.scenario.outline import outline
from perfconsole.scenario.planning import plan_for
from perfconsole.scenario.problems import ScenarioError
from perfconsole.scenario.rows_csv import parsed
from perfconsole.scenario.tables import read_tables
from perfconsole.scenario.url import from_url

HEAD = "name: x\ntarget: http://h\ngroups: {a: {}}\n"
USERS = "name,pass word\nanna,a-1\nböb,b-2\n"


def steps_of(whole: plan_types.InjectorPlan, group: str) -> tuple[plan_types.Step, ...]:
    return next(each.script.steps for each in whole.groups if each.name == group)


@pytest.fixture
def file(tmp_path: Path):
    """Writes a scenario, and the file users.csv beside it."""

    def write(text: str, users: str | bytes | None = USERS) -> Path:
        path = tmp_path / "s.yaml"
        path.write_text(HEAD + text, encoding="utf-8")
        if users is not None:
            (tmp_path / "users.csv").write_bytes(
                users if isinstance(users, bytes) else users.encode()
            )
        return path

    return write


def problem(path: Path) -> str:
    """The only one, without the file's name."""
    with pytest.raises(ScenarioError) as caught:
        load(path)
    (line,) = str(caught.value).splitlines()
    return line.replace(f"{path.parent}/", "").removeprefix("s.yaml:")


# -------------------------------------------------------------------- the syntax


@given(st.text(alphabet="a${} .", max_size=12) | st.text(max_size=20))
def test_any_text_can_be_written_literally(text):
    assert "".join(str(piece) for piece in pieces(literal(text))) == text


def test_references_and_literals():
    found = list(pieces("a${b}$${c}$d${ e.f g }$"))
    assert found == ["a", Reference("b"), "${", "c}$d", Reference("e.f g"), "$"]


def test_what_curl_would_send_is_sent_as_it_is():
    scenario = from_url("http://h/a", headers=["X-A: ${x}"], body="$${y} ${z")
    (step,) = steps_of(
        plan_for(scenario, "http://h", injector=0, started_at=0, seed=0, lease_s=5), "url"
    )
    assert (step.body, step.holes) == (b"$${y} ${z", ())
    assert ("X-A", "${x}") in step.headers


# -------------------------------------------------------------------- what is wrong

DATA = "data: {users: {csv: users.csv}}\n"
ASK = "flows: {a: [{request: 'GET /${%s}'}]}\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("variables: {token: a}\n" + ASK % "tokn",
         '5: flows.a step 1, request: there is no variable "tokn"; did you mean "token"?'),
        (ASK % "x", '4: flows.a step 1, request: there is no variable "x"; there are no variables'),
        (DATA + ASK % "users.nam",
         '5: flows.a step 1, request: the data set "users" has no column "nam"; '
         'did you mean "users.name"?'),
        (DATA + ASK % "users",
         '5: flows.a step 1, request: "users" is a data set; write "${users.name}"'),
        ("flows: {a: [{request: GET /, headers: {X-A: '${'}}]}\n",
         '4: flows.a step 1, headers.X-A: a "${" without its "}"; "$${" stands for itself'),
        ("http: {headers: {X-A: '${id}'}}\nflows:\n  a:\n    - request: GET /\n"
         "      extract: {id: {cookie: id}}\n",
         '4: http.headers.X-A: there is no variable "id"; there are no variables'),
        ("flows:\n  a:\n    - request: POST /\n      json: {a: ['${id}']}\n"
         "    - request: GET /\n      extract: {id: {cookie: id}}\n",
         '7: flows.a step 1, json.a 1: "id" has no value yet; flows.a step 2 extracts it'),
        ("flows:\n  a:\n    - request: GET /\n      extract: {id: {cookie: id}}\n"
         "    - check: {body_contains: '${id}'}\n",
         '8: flows.a step 2, check.body_contains: "id" has no value yet; '
         'flows.a step 1 extracts it'),
        ("flows: {a: [{think: 1s}, {extract: {id: {cookie: id}}}]}\n",
         "4: flows.a step 2: an extract step stands right after a request"),
        ("flows: {a: [{request: GET /, extract: {id: {regex: 'a(b'}}}]}\n",
         "4: flows.a step 1, extract.id.regex: 'a(b' is no regular expression: "
         "missing ), unterminated subpattern at position 1"),
        ("flows: {a: [{request: GET /, extract: {id: {json: 'a['}}}]}\n",
         "4: flows.a step 1, extract.id: 'a[' is no JMESPath; "
         'write one such as "items[0].id"'),
        ("flows: {a: [{request: GET /, extract: {id: {json: 'a[?lenght(b) > `1`]'}}}]}\n",
         '4: flows.a step 1, extract.id: JMESPath has no function "lenght"; '
         'did you mean "length"?'),
        ("flows: {a: [{request: GET /, extract: {id: {json: 'length(a, b)'}}}]}\n",
         "4: flows.a step 1, extract.id: 'length(a, b)' is no JMESPath; "
         'length takes 1 value, not 2'),
        ("flows: {a: [{request: GET /, extract: {id: {header: 'a b'}}}]}\n",
         "4: flows.a step 1, extract.id: 'a b' is no header name"),
        ("flows: {a: [{request: GET /, extract: {id: {header: a, cookie: b}}}]}\n",
         "4: flows.a step 1, extract.id.header: say where the value is: "
         "one of regex, json, header, cookie, css and xpath"),
        ("flows: {a: [{request: GET /, extract: {id: {regx: a}}}]}\n",
         '4: unknown key "regx" in flows.a step 1, extract.id; did you mean "regex"?'),
        ('flows: {a: [{request: POST /, body: "\\x1avalue:7\\x1a"}]}\n',
         '4: flows.a step 1, body: "\\x1avalue:" marks the place of a value; '
         'send it out of a body_file'),
        ("variables: {a.b: 1}\nflows: {a: [{request: GET /}]}\n",
         "4: variables: 'a.b' is no variable's name: a letter, then letters, digits, _ and -"),
        ("variables: {a: '${b}', bb: c}\nflows: {a: [{request: GET /}]}\n",
         '4: variables.a: there is no variable "b"; did you mean "bb"?'),
        ("data: {users: {csv: users.csv, order: randm}}\nflows: {a: [{request: GET /}]}\n",
         '4: data.users.order cannot be "randm"; did you mean "random"?'),
        ("data: {users: {csv: users.csv, delimiter: ab}}\nflows: {a: [{request: GET /}]}\n",
         '4: data.users.delimiter: a delimiter is one character, such as ";" or "\\t"'),
    ],
)  # fmt: skip
def test_one_clear_line(file, text, says):
    assert problem(file(text)) == says


@pytest.mark.parametrize(
    ("users", "says"),
    [
        (None, "data.users.csv: there is no file users.csv"),
        ("", "data.users: users.csv: the file is empty; its first line names the columns"),
        ("name\n\n", "data.users: users.csv: there are no rows below the line of column names"),
        ('name,n\n"a\nb",1\nc\n',
         "data.users: users.csv line 4: 1 values, but there are 2 columns"),
        ("name,n,name\n", "data.users: users.csv line 1: two columns are called \"name\""),
        ("name,\na,b\n", "data.users: users.csv line 1: column 2 has no name"),
        ('name\n"a\n', "data.users: users.csv line 2: no CSV: unexpected end of data"),
        (b"name\na\n\xff\n", "data.users: users.csv line 3: not UTF-8; save it as CSV UTF-8"),
        ("name\na\n".encode("utf-16"),
         "data.users: users.csv line 1: the file is UTF-16; save it as UTF-8"),
    ],
)  # fmt: skip
def test_a_data_file_that_is_none(file, users, says):
    assert problem(file(DATA + ASK % "users.name", users)) == f"4: {says}"


def test_data_files_have_a_limit(file, monkeypatch):
    path = file(DATA + ASK % "users.name", "name\n" + "a\n" * 1000)
    monkeypatch.setattr(row_source, "LARGEST_MB", 0.001)
    assert "data files are at most" in problem(path)
    monkeypatch.setattr(row_source, "LARGEST_MB", 40)
    monkeypatch.setattr(row_source, "MOST_ROWS", 999)
    assert problem(path).endswith("line 1001: more than 999 rows")


# -------------------------------------------------------------------- tables


def test_tables_of_other_people():
    assert parsed('\ufeffa;b\r\n"x;""1""";y\r\n'.removeprefix("\ufeff"), ";") == Table(
        ("a", "b"), (('x;"1"', "y"),)
    )


def test_a_csv_file_may_be_rows_alone(file) -> None:
    path = file("data: {users: {csv: users.csv, columns: [name, pass word]}}\n"
                "flows: {a: [{request: 'GET /${users.name}'}]}\n",
                "anna,a-1\nbo,b-2\n")  # fmt: skip
    table = read_tables(load(path))["users"]
    assert table == Table(("name", "pass word"), (("anna", "a-1"), ("bo", "b-2")))


@pytest.mark.parametrize(
    ("spec", "rows", "text"),
    [
        ("csv: users.csv, columns: [a]", "1,2\n",
         "data.users: users.csv line 1: 2 values, but there are 1 columns"),
        ("csv: users.csv, columns: [a, b]", "\n",
         "data.users: users.csv: there are no rows in the file"),
        ("csv: users.csv, columns: [a, ' a']", "1,2\n", 'two columns are called "a"'),
        ("csv: users.csv, columns: [a, '}']", "1,2\n", "'}' is no name of a column"),
        ("csv: users.csv, columns: ['']", "1,2\n", "'' is no name of a column"),
        ("csv: users.csv, columns: []", "1,2\n", "data.users.columns"),
        ("csv: users.csv, columns: a", "1,2\n", "data.users.columns"),
        ("generate: {a: uuid}, columns: [a]", "1,2\n", '"columns" names those of a csv file'),
        ("csv: users.csv, colums: [a]", "a\n1\n", 'did you mean "columns"?'),
    ],
)  # fmt: skip
def test_names_of_columns_that_do_not_fit(file, spec: str, rows: str, text: str) -> None:
    path = file(f"data: {{users: {{{spec}}}}}\nflows: {{a: [{{request: GET /}}]}}\n", rows)
    assert text in problem(path)


def test_a_byte_order_mark_is_no_part_of_a_column(file):
    scenario = load(file(DATA + ASK % "users.name", b"\xef\xbb\xbfname\nanna\n"))
    assert read_tables(scenario) == {"users": Table(("name",), (("anna",),))}


def test_a_file_that_changed_for_the_worse_is_told_with_its_line(file):
    path = file(DATA + ASK % "users.name")
    scenario = load(path)
    (path.parent / "users.csv").write_text("name\na,b\n")
    with pytest.raises(ScenarioError, match=r"users\.csv:2: 2 values, but there are 1 columns"):
        read_tables(scenario)


@given(st.integers(1, 50), st.integers(1, 8))
def test_injectors_share_the_rows_without_a_row_in_common(rows, injectors):
    table = Table(("n",), tuple((str(n),) for n in range(rows)))
    shares = [table.share(number, injectors).rows for number in range(injectors)]
    if rows >= injectors:
        assert sorted(row for share in shares for row in share) == sorted(table.rows)
    assert all(shares)
    assert table.share(injectors, injectors) == table.share(0, injectors)


def test_a_hundred_thousand_rows_travel_with_the_plan(file):
    rows = "".join(f"user{n},password{n}\n" for n in range(100_000))
    scenario = load(file(DATA + ASK % "users.name", "name,password\n" + rows))
    plan = plan_for(scenario, "http://h", injector=1, started_at=0, seed=0, lease_s=5,
                    tables=read_tables(scenario), injectors=2)  # fmt: skip
    (begun,) = order_frames().feed(frame(Begin(plan)))
    assert len(begun.plan.data["users"].table.rows) == 50_000
    assert begun.plan.data["users"].table.rows[0] == ("user1", "password1")


# -------------------------------------------------------------------- what is planned

RICH = """\
variables: {count: 5, api_token: hush}
data: {users: {csv: users.csv, order: random}, idle: {csv: users.csv}}
http: {headers: {X-Count: "${count}"}}
flows:
  a:
    - request: GET /ü/${users.name}?q=${count}#${count}
      extract: {id: {json: "items[0].id"}, sid: {cookie: sid}}
    - check: {body_contains: "Hi ${users.name}"}
    - extract: {loc: {header: Location, pick: 2}}
    - request: POST /${id}
      json: {'k"${id}': ["$${x}", 1, true, null, {"é": "${users.pass word}"}]}
    - request: POST /f
      form: {a b: "${id}&", n: 3}
    - request: POST /raw
      body: '{"a": ${count}}'
      headers: {content-type: application/vnd.x+json}
"""


@pytest.fixture
def rich(file) -> Scenario:
    return load(file(RICH))


def test_a_plan_has_marks_where_values_go(rich):
    plan = plan_for(rich, "http://h", injector=0, started_at=0, seed=0, lease_s=5,
                    tables=read_tables(rich))  # fmt: skip
    get, post, form, raw = steps_of(plan, "a")
    assert get.path == f"/%C3%BC/{mark(0)}?q={mark(1)}"
    assert dict(get.headers)["X-Count"] == mark(2)
    assert get.check.body_contains == (f"Hi {mark(3)}",)
    names = ["users.name", "count", "count", "users.name"]
    ways = ["path", "path", "header", "text"]
    assert get.holes == tuple(Hole(*hole) for hole in zip(names, ways, strict=True))
    assert get.extracts == (
        Extract("id", "json", "items[0].id"), Extract("sid", "cookie", "sid"),
        Extract("loc", "header", "Location", pick=2),
    )  # fmt: skip
    assert post.body.decode() == (f'{{"k\\"{mark(2)}":["${{x}}",1,true,null,{{"é":"{mark(3)}"}}]}}')
    assert form.body.decode() == f"a+b={mark(1)}%26&n=3"
    assert [hole.encoding for hole in raw.holes] == ["header", "json"]
    assert plan.variables == {"count": "5", "api_token": "hush"}
    assert list(plan.data) == ["users"]
    assert plan.data["users"].order == "random"


def test_what_is_kept_has_neither_rows_nor_secrets(rich):
    kept = masked(rich)
    assert kept["variables"] == {"count": 5, "api_token": "***"}
    assert "a-1" not in json.dumps(kept)
    assert Scenario.model_validate(kept)


def test_the_outline_counts_rows_and_tells_variables(rich):
    text = outline(rich, read_tables(rich))
    assert "users.csv, 2 rows of name, pass word, random" in text
    assert "count: 5" in text
    assert "api_token: ***" in text
    assert "hush" not in text
    assert "extract id from json items[0].id, sid from cookie sid" in text
