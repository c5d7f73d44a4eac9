"""What is asked of answers and taken out of them, and queries: as written, told and planned."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.model.checking import CheckSpec, parse_sizes
from perfconsole.model.holes import MARK, Hole, mark
from perfconsole.model.http_spec import HttpSpec
from perfconsole.model.plan import Check, Extract, RequestStep
from perfconsole.model.scalars import parse_size, size_text
from perfconsole.model.steps import RequestSpec
from perfconsole.scenario.masking import masked
from perfconsole.scenario.outline import outline
from perfconsole.scenario.planning import plan_for
from perfconsole.scenario.request_plans import checked, request_plan

HEAD = "name: x\ntarget: http://h\nvariables: {id: 7, n: a}\ngroups: {a: {}}\nflows:\n  a:\n"
FULL = """\
    - request: GET /a
      check:
        status: [200, 201]
        header: {Content-Type: json, X-Id: "no ${id}", ETag: "", X-Token: hush}
        body_contains: yes
        body_lacks: [error, "no ${n}"]
        body_matches: ['a\\d+']
        json: {"items[0].id": 3, ok: true, gone: null, me: "${id}", api_token: hush}
        size: 1 KB to 20 KB
        max_time: 2s
      extract:
        first: {css: "form input[name=csrf]", attribute: value}
        every: {xpath: //a/@href, pick: all, join: " "}
        any: {json: "items[*].id", pick: random}
        third: {regex: 'x(\\d)', pick: 3, default: 0}
        secret: {header: X-A, default: hush}
    - check: {size: at most 10 KB, header: {x-b: c}, max_time: 3s}
"""


def request_of(spec: dict) -> RequestStep:
    return request_plan(RequestSpec.model_validate(spec), HttpSpec(), {})


def first_step(scenario) -> RequestStep:
    plan = plan_for(scenario, "http://h", injector=0, started_at=0, seed=0, lease_s=5)
    return plan.groups[0].script.steps[0]


def test_all_of_it_is_planned(loaded) -> None:
    step = first_step(loaded(HEAD + FULL))
    numbers = {hole.name: n for n, hole in enumerate(step.holes)}
    assert [hole.encoding for hole in step.holes] == ["text"] * 3
    assert step.check == Check(
        statuses=(200, 201),
        body_contains=("yes",),
        max_s=2.0,
        headers=(("content-type", "json"), ("x-id", f"no {mark(0)}"), ("etag", ""),
                 ("x-token", "hush"), ("x-b", "c")),
        body_lacks=("error", f"no {mark(numbers['n'])}"),
        body_matches=(r"a\d+",),
        json_values=(("items[0].id", 3), ("ok", True), ("gone", None), ("me", mark(2)),
                     ("api_token", "hush")),
        least_bytes=1000,
        most_bytes=10_000,
    )  # fmt: skip
    assert step.extracts == (
        Extract("first", "css", "form input[name=csrf]", attribute="value"),
        Extract("every", "xpath", "//a/@href", "all", join=" "),
        Extract("any", "json", "items[*].id", "random"),
        Extract("third", "regex", r"x(\d)", 3, default="0"),
        Extract("secret", "header", "X-A", default="hush"),
    )


def test_all_of_it_is_told_in_the_outline(loaded) -> None:
    text = outline(loaded(HEAD + FULL))
    assert (
        'check status 200 or 201, header Content-Type has "json", header X-Id has "no ${id}", '
        'header ETag, header X-Token has ***, body contains "yes", body lacks "error", '
        'body lacks "no ${n}", body matches /a\\d+/, items[0].id is 3, ok is true, gone is null, '
        'me is "${id}", '
        "api_token is ***, body of 1 KB to 20 KB, within 2s"
    ) in text
    assert (
        "extract first from css form input[name=csrf] attribute value, "
        "every from xpath //a/@href (all), any from json items[*].id (random), "
        'third from regex x(\\d) (number 3) or else "0", secret from header X-A or else "***"'
    ) in text
    assert "hush" not in text


def test_no_secret_of_it_is_kept(loaded) -> None:
    kept = masked(loaded(HEAD + FULL + "    - check: {json: {token: hush, id: 3}}\n"))
    assert "hush" not in json.dumps(kept)
    assert kept["flows"]["a"]["steps"][-1] == {"check": {"json": {"token": "***", "id": 3}}}
    assert CheckSpec.model_validate(kept["flows"]["a"]["steps"][0]["check"])


# -------------------------------------------------------------------- what is wrong

REQUEST = "    - request: GET /a\n"
WRONG = {
    "check: {header: {X-A: '${idd}'}}":
        'check.header.X-A: there is no variable "idd"; did you mean "id"?',
    "check: {body_lacks: ['${x}']}": 'check.body_lacks 1: there is no variable "x"',
    "check: {json: {a: '${'}}": 'check.json.a: a "${" without its "}"',
    "check: {json: {'a[': 1}}":
        "check.json: 'a[' is no JMESPath; write one such as \"items[0].id\"",
    "check: {json: {'lenght(a)': 1}}":
        'check.json: JMESPath has no function "lenght"; did you mean "length"?',
    "check: {body_matches: 'a(b'}": "'a(b' is no regular expression: missing )",
    "check: {body_matches: [ab, 'a{2}{2}']}": "'a{2}{2}' is no regular expression: multiple repeat",
    "check: {body_matches: ['<${id}>']}":
        "check.body_matches: no value goes into a regular expression; ${id} can match nothing",
    "check: {size: 2 KB to 1 KB}": 'write "1 KB to 20 KB", "at least 500", "at most 2 MB" or "71"',
    "check: {header: {'a b': c}}": "'a b' is no header name",
    "query: {q: '${idd}'}": 'query.q: there is no variable "idd"; did you mean "id"?',
    "extract: {v: {regex: '${n}'}}": "no value goes into a regular expression",
    "extract: {v: {css: 'a['}}": "extract.v: 'a[' is no CSS selector: expected ident or '*'",
    "extract: {v: {css: 'a::text'}}":
        "'a::text' is no CSS selector; for an attribute write \"attribute: href\" beside it",
    "extract: {v: {css: 'a:nosuch'}}": "the pseudo-class :nosuch is unknown",
    "extract: {v: {css: 'form > input.x:first-child'}}":
        '"input" has no text; say which attribute, such as "attribute: value"',
    "extract: {v: {css: 'p, META'}}":
        '"meta" has no text; say which attribute, such as "attribute: content"',
    "extract: {v: {css: a, pick: 0}}": "extract.v.pick",
    "extract: {v: {css: a, join: x}}": "join goes with pick: all",
    "extract: {v: {xpath: //a, attribute: href}}":
        "attribute goes with css; in an xpath write @name",
    "extract: {v: {xpath: '//a['}}": "extract.v: '//a[' is no XPath: ",
    "extract: {v: {xpath: '//a[contians(., 1)]'}}":
        'XPath has no function "contians"; did you mean "contains"?',
    "extract: {v: {xpath: 'document(1)'}}": 'XPath has no function "document"; ',
    "extract: {v: {xpath: \"//a[re:test(., 'x')]\"}}":
        '"re:" means nothing; write *[local-name()="..."]',
    "extract: {v: {xpath: '//a[@id=$x]'}}": "no value goes into an XPath",
    "extract: {v: {cookie: a, pick: last}}": "there is one cookie of a name; leave pick out",
}  # fmt: skip


@pytest.mark.parametrize("text", WRONG)
def test_one_clear_line_for_each_mistake(refused, text) -> None:
    (line,) = refused(f"{HEAD}{REQUEST}      {text}\n")
    number, _, told = line.partition(": ")
    assert number == "8"
    assert WRONG[text] in told
    assert "flows.a step 1" in told


RIGHT = [
    "check: {body_matches: ['\\$\\{id\\}', 'x$']}",
    "check: {json: {'a || `\"${\"`': 1}}",
    "check: {json: {a: '$${x}'}, body_lacks: '$${x}'}",
    "check: {size: 71}",
    "extract: {v: {css: 'input', attribute: value}}",
    "extract: {v: {css: 'td:contains(\"a::b\") + td'}}",
    "extract: {v: {xpath: \"//a[contains(., 'f(x) $y z:')]/ancestor::div/@id\"}}",
    "extract: {v: {xpath: 'count(//a[position() = last() and (@b or not(@c))]) div (1)'}}",
    "extract: {v: {xpath: '//a/following-sibling::node()[self::text()]'}}",
]


@pytest.mark.parametrize("text", RIGHT)
def test_what_only_looks_wrong_is_taken(loaded, text) -> None:
    loaded(f"{HEAD}{REQUEST}      {text}\n")


# -------------------------------------------------------------------- laws

SIZES = st.integers(0, 10**7)


@given(SIZES)
def test_a_size_reads_as_it_is_shown(size) -> None:
    assert parse_size(size_text(size).replace(",", "").replace(" bytes", "")) == size


@given(st.lists(st.tuples(SIZES, SIZES).map(sorted), min_size=1, max_size=4))
def test_several_size_checks_must_all_hold(ranges) -> None:
    step = request_of({"request": "GET /"})
    for low, high in ranges:
        step = checked(step, CheckSpec(size=f"{low} to {high}"))
    for size in {size for pair in ranges for size in pair}:
        all_hold = all(low <= size <= high for low, high in ranges)
        assert (step.check.least_bytes <= size <= step.check.most_bytes) == all_hold


@pytest.mark.parametrize(
    ("text", "both"),
    [
        ("at least 500", (500, None)), ("at most 2 MB", (None, 2_000_000)), ("71", (71, 71)),
        (71, (71, 71)), ("0 to 1KiB", (0, 1024)),
    ],
)  # fmt: skip
def test_sizes(text, both) -> None:
    assert parse_sizes(text) == both


# -------------------------------------------------------------------- queries


@pytest.mark.parametrize(
    ("request_", "query", "sent"),
    [
        ("GET /a", {"q": "x y&z", "n": 3, "f": 1.5}, "/a?q=x+y%26z&n=3&f=1.5"),
        ("GET /a?x=1", {"q": ["1", 2]}, "/a?x=1&q=1&q=2"),
        ("GET /a?", {"q": 1}, "/a?q=1"),
        ("GET /a?x&", {"q": 1}, "/a?x&q=1"),
        ("GET /a#top", {"q": 1}, "/a?q=1"),
        ("GET /a", {"q": ""}, "/a?q="),
        ("GET /a", {"q": []}, "/a"),
        ("GET /a", {}, "/a"),
        ("GET /ü", {"名 字": "é/?"}, "/%C3%BC?%E5%90%8D+%E5%AD%97=%C3%A9%2F%3F"),
        ("GET /a", {"q": "$${x}"}, "/a?q=%24%7Bx%7D"),
        ("GET /a", {"q": "a ${id}&${n}"}, f"/a?q=a+{mark(0)}%26{mark(1)}"),
        ("GET /${id}?a=${n}", {"q": "${id}"}, f"/{mark(0)}?a={mark(1)}&q={mark(2)}"),
    ],
)
def test_a_query_as_it_is_sent(request_, query, sent) -> None:
    step = request_of({"request": request_, "query": query})
    assert step.path == sent
    assert all(hole.encoding in ("path", "form") for hole in step.holes)
    assert len(step.holes) == len(MARK.findall(sent.encode()))


@given(
    st.dictionaries(
        st.text(max_size=6).filter(lambda name: "${" not in name),
        st.lists(st.text(max_size=8).map(lambda text: text.replace("${", "$${")), max_size=3),
        max_size=4,
    )
)
def test_any_query_arrives(query) -> None:
    step = request_of({"request": "GET /a?first=1", "query": query})
    pairs = parse_qsl(urlsplit(step.path).query, keep_blank_values=True)
    wanted = [(name, text.replace("$${", "${")) for name, some in query.items() for text in some]
    assert pairs == [("first", "1"), *wanted]
    assert step.path.isascii()
    assert step.holes == ()


def test_a_value_in_a_query_is_one_of_a_form() -> None:
    step = request_of({"request": "GET /a", "query": {"q": "${id}"}})
    assert step.holes == (Hole("id", "form"),)
