"""Values out of pages by CSS selectors and XPath: the right ones, and nothing but them."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from perfconsole.injector.answer import Answer
from perfconsole.injector.extract import Extraction
from perfconsole.injector.heads import Heads
from perfconsole.injector.page import Page
from perfconsole.injector.values import NOBODY, Supply
from perfconsole.model import plan
from perfconsole.model.plan import Extract, Script
from perfconsole.scenario.selectors import css_fault, xpath_fault


def page_of(body: bytes, content_type: bytes = b"text/html") -> Page:
    answer = Answer(Heads())
    answer.expect(head=False, room=10**7, sample_room=0)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n"
    assert answer.feed(head % (content_type, len(body)) + body) is None
    assert answer.complete
    return Page(answer, None)


def taken(page: Page, kind: str, what: str, attribute: str | None = None, **how) -> str | None:
    """None for a failure."""
    values = Supply({}, {}, frozenset()).values(NOBODY)
    extraction = Extraction.of([Extract("v", kind, what, attribute=attribute, **how)])
    return values["v"] if extraction.failure(page, values, Random(1)) is None else None


PAGE = """<!DOCTYPE html><html><head><title> Shop </title><meta name=csrf content=tok></head><body>
<!-- a comment --><form id=buy><input type=hidden name=csrf value="a&amp;b"><input name=n value="">
</form><div class="row big"><a href="/1">One <b>&eacute;</b></a></div>
<div class=row><a href="/2">Two</a><a>no link</a></div><p></p><p>unclosed
<SPAN Title="Tip">x</SPAN></body></html>"""

FOUND = [
    ("css", "#buy input[name=csrf]", "value", "a&b"),
    ("css", "meta[name=csrf]", "content", "tok"),
    ("css", "title", None, "Shop"),
    ("css", "input[name=n]", "value", ""),
    ("css", "input[name=n]", "no", None),
    ("css", "input", None, None),
    ("css", "div.row.big > a", None, "One é"),
    ("css", "div.row a[href='/2'], nav", None, "Two"),
    ("css", "DIV.row:nth-of-type(2) a:last-child", None, "no link"),
    ("css", "p", None, ""),
    ("css", "p:last-of-type", None, "unclosed\nx"),
    ("css", "span", "title", "Tip"),
    ("css", "table", None, None),
    ("css", "a:hover", None, None),
    ("xpath", "//form[@id='buy']/input[@name='csrf']/@value", None, "a&b"),
    ("xpath", "/html/head/title", None, "Shop"),
    ("xpath", "//input[@name='n']/@value", None, ""),
    ("xpath", "//div[2]/a/text()", None, "Two"),
    ("xpath", "count(//a)", None, "3"),
    ("xpath", "count(//a) div 2", None, "1.5"),
    ("xpath", "0 div 0", None, None),
    ("xpath", "count(//a) > 2", None, "true"),
    ("xpath", "string(//title)", None, " Shop "),
    ("xpath", "string(//none)", None, None),
    ("xpath", "//none", None, None),
    ("xpath", "//comment()", None, " a comment "),
    ("xpath", "//input", None, None),
    ("xpath", "id('buy')/input[2]/@name", None, "n"),
    ("xpath", "//a[contains(., 'One')]/@href", None, "/1"),
    ("xpath", "//a[lang('x', 2)]", None, None),
    ("xpath", "namespace::*", None, None),
]


@pytest.mark.parametrize(("kind", "what", "attribute", "value"), FOUND)
def test_what_is_found(kind, what, attribute, value) -> None:
    assert taken(page_of(PAGE.encode()), kind, what, attribute) == value


def test_one_page_is_parsed_once() -> None:
    page = page_of(PAGE.encode())
    assert page.tree() is page.tree()
    assert taken(page, "css", "a", pick="all", join="; ") == "One é; Two; no link"
    assert taken(page, "css", "a", "href", pick="all") == "/1,/2"
    assert taken(page, "css", "a", "href", pick="last") == "/2"
    assert taken(page, "css", "a", "href", pick=3) is None


@pytest.mark.parametrize("charset", ["utf-8", "gbk", "latin-1", "utf-16", "utf-16-le"])
def test_charsets(charset) -> None:
    """The head says it; what the page says of itself does not count, as for other places."""
    text = "<meta charset=iso-8859-5><p>é</p>"
    page = page_of(text.encode(charset), b"text/html; charset=" + charset.encode())
    assert taken(page, "css", "p") == "é"
    assert taken(page, "regex", "<p>(.)") == "é"


# -------------------------------------------------------------------- XML

SOAP = b"""<?xml version="1.0" encoding="utf-16"?>
<s:Envelope xmlns:s="urn:s"><s:Body><orderId n="1">7</orderId></s:Body></s:Envelope>"""


@pytest.mark.parametrize("content_type", [b"text/xml", b"application/soap+xml; charset=utf-8"])
def test_xml_is_read_as_such(content_type) -> None:
    page = page_of(SOAP, content_type)
    assert taken(page, "xpath", "//orderId") == "7"
    assert taken(page, "xpath", "//*[local-name()='Body']/orderId/@n") == "1"


@pytest.mark.parametrize("content_type", [b"text/xml", b"text/html", b"application/xhtml+xml"])
def test_no_page_opens_a_file_or_grows(tmp_path, content_type) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    uri = secret.as_uri().encode()
    laughs = b"".join(b'<!ENTITY l%d "%b">' % (n + 1, b"&l%d;" % n * 10) for n in range(9))
    pages = [
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "%b">]><a>&x;</a>' % uri,
        b'<!DOCTYPE a SYSTEM "%b"><a>&x;</a>' % uri,
        b'<!DOCTYPE a [<!ENTITY %% d SYSTEM "%b"> %%d;]><a>x</a>' % uri,
        b'<a xmlns:i="http://www.w3.org/2001/XInclude"><i:include href="%b" parse="text"/></a>'
        % uri,
        b'<!DOCTYPE a [<!ENTITY l0 "lol">%b]><a>&l9;</a>' % laughs,
    ]  # fmt: skip
    for body in pages:
        for what in ("//a", "string(/*)", "//*/text()", "string-length(//a)"):
            value = taken(page_of(body, content_type), "xpath", what, pick="all") or ""
            assert "hunter2" not in value
            assert len(value) < 1000


# -------------------------------------------------------------------- any page, any selector

PIECES = st.lists(
    st.sampled_from(
        ["<p>", "</p>", "<a href=", "'", '"', ">", "<!--", "-->", "<![CDATA[", "&amp", "&#x0;",
         "&#1114112;", "<script>", "</", "<?xml encoding='x'?>", "\0", "é", "<table><tr>", "\ud7ff",
         "<svg:x>", "<!DOCTYPE", "text", " ", "<input value=1>"]
    ),
    max_size=20,
).map(lambda pieces: "".join(pieces).encode())  # fmt: skip
TYPES = st.sampled_from(
    [b"text/html", b"text/xml", b"application/xhtml+xml", b"x; charset=utf-16", b"; charset=gbk"]
)


@settings(max_examples=300)
@given(PIECES | st.binary(max_size=100), TYPES)
@example(b"<div>" * 20_000, b"text/html")
@example(b"<a>" * 20_000, b"text/xml")
@example(b"<a " + b"b=c " * 5_000, b"text/html")
def test_no_page_is_too_odd(body, content_type) -> None:
    page = page_of(body, content_type)
    for kind, what, attribute in (
        ("css", "*", None), ("css", "a", "href"), ("xpath", "//node()", None),
        ("xpath", "//@*", None), ("xpath", "string(.)", None), ("xpath", "count(//*)", None),
    ):  # fmt: skip
        value = taken(page, kind, what, attribute, pick="all", default="")
        assert isinstance(value, str)
        value.encode()


LETTERS = st.text("ab*[]()='\"/@:.#>+~, |$-1é\0{}", max_size=20) | st.text(max_size=12)


@settings(max_examples=300)
@given(LETTERS)
@example("a::text")
@example("$a")
@example("a" * 10_000)
@example(":not(" * 500)
@example("a[" * 3000)
def test_a_selector_is_refused_or_can_be_used(what) -> None:
    page = page_of(PAGE.encode())
    if what and css_fault(what, has_attribute=True) is None:
        taken(page, "css", what, "href")
    if what and xpath_fault(what) is None:
        taken(page, "xpath", what)


# -------------------------------------------------------------------- secrets


@pytest.mark.parametrize(
    ("kind", "what", "is_secret"),
    [
        ("css", "input[name=csrf_token]", True), ("css", "input[ id = 'password' ]", True),
        ("css", "input[name=amount]", False), ("css", ".token a", False),
        ("xpath", "//input[@name='csrf_token']/@value", True), ("xpath", "//token/@id", False),
        ("regex", r'name="token" value="(\w+)"', True), ("regex", r'id=\"(\d+)', False),
        ("json", "auth.access_token", True), ("json", "token.id", False),
        ("json", 'a."api-key-token"', True), ("header", "X-Auth-Token", True),
        ("header", "Set-Cookie", True), ("header", "Location", False), ("cookie", "any", True),
    ],
)  # fmt: skip
def test_what_comes_from_a_secret_place_is_secret(kind, what, is_secret) -> None:
    step = plan.RequestStep("n", "GET", "/", (), b"", plan.Check(), 1.0,
                            extracts=(Extract("v", kind, what),))  # fmt: skip
    target = plan.TargetPlan("http", "h", 80, 1.0, True, None, None, None)
    group = plan.GroupPlan("g", Script((step,)))
    whole = plan.InjectorPlan(0, 0.0, target, (group,), (), (), 1, 5.0)
    values = Supply.of(whole).values(NOBODY)
    values["v"] = "abcdefgh"
    assert ("abcdefgh" not in values.hidden("it is abcdefgh")) == is_secret
