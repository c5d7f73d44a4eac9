"""Assertions and extractors of JMeter → checks and extractions of a request."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from perfconsole.importers.jmx_tree import Element
from perfconsole.importers.jmx_values import Names, jmespath_of, plain_name
from perfconsole.texts import say

Lost = Callable[[Element, str], None]
"""Tells what is not carried over, and why."""

_STATUS = re.compile(r"[1-5]\d\d")
_RESPONSE_FIELDS = {
    "Assertion.response_data": "body", "Assertion.response_data_as_document": "body",
    "Assertion.response_code": "status", "Assertion.response_headers": "headers",
}  # fmt: skip


def assertion_of(
    element: Element, names: Names, known: dict[str, Any], lost: Lost
) -> dict[str, Any]:
    """A check, together with what is `known` of the same kind; empty for one that is lost."""
    match element.kind:
        case "DurationAssertion":
            return {"max_time": f"{element.number('DurationAssertion.duration') / 1000:g}s"}
        case "ResponseAssertion":
            return _response(element, names, known, lost)
        case "JSONPathAssertion":
            path = jmespath_of(element.text("JSON_PATH"))
            if path is not None and element.flag("JSONVALIDATION") and not element.flag("ISREGEX"):
                value = names.text(element.text("EXPECTED_VALUE"))
                return {"json": {**known.get("json", {}), path: value}}
    lost(element, "")
    return {}


def _response(element: Element, names: Names, known: dict[str, Any], lost: Lost) -> dict[str, Any]:
    where = _RESPONSE_FIELDS.get(element.text("Assertion.test_field"))
    kind = int(element.number("Assertion.test_type"))
    negated, matching = bool(kind & 4), bool(kind & 3) and not kind & 16
    patterns = [
        (child.text or "") for holder in element.node.iter("collectionProp") for child in holder
    ]
    if where == "status" and not negated and patterns and all(map(_STATUS.fullmatch, patterns)):
        return {"status": [int(pattern) for pattern in patterns]}
    if where == "body" and patterns:
        key = "body_lacks" if negated else "body_matches" if matching else "body_contains"
        if not (negated and matching and any(re.escape(p) != p for p in patterns)):
            texts = patterns if key == "body_matches" else [names.text(p) for p in patterns]
            return {key: [*known.get(key, []), *texts]}
    lost(element, "")
    return {}


def extraction_of(element: Element, lost: Lost) -> dict[str, Any]:
    """What it extracts, by variable; empty for one that is lost."""
    makers: dict[str, Callable[[Element], dict[str, Any]]] = {
        "RegexExtractor": _regex, "HtmlExtractor": _css, "BoundaryExtractor": _boundary,
        "XPathExtractor2": _xpath, "XPathExtractor": _xpath,
    }  # fmt: skip
    maker = makers.get(element.kind)
    if element.kind == "JSONPostProcessor":
        return _json(element, lost)
    made = maker(element) if maker else {}
    if not made:
        lost(element, "")
    return made


def _regex(element: Element) -> dict[str, Any]:
    template = element.text("RegexExtractor.template", "$1$")
    if template not in ("$1$", ""):
        return {}
    where = element.text("RegexExtractor.useHeaders", "false")
    if where not in ("false", "unescaped", "as_document", ""):
        return {}
    return _named(element, "RegexExtractor", {"regex": element.text("RegexExtractor.regex")})


def _json(element: Element, lost: Lost) -> dict[str, Any]:
    prefix = "JSONPostProcessor"
    names = element.text(f"{prefix}.referenceNames").split(";")
    paths = element.text(f"{prefix}.jsonPathExprs").split(";")
    numbers = element.text(f"{prefix}.match_numbers").split(";")
    defaults = element.text(f"{prefix}.defaultValues").split(";")
    made: dict[str, Any] = {}
    for n, (name, path) in enumerate(zip(names, paths, strict=False)):
        jmespath = jmespath_of(path.strip())
        if jmespath is None:
            lost(element, say("the JSONPath {path} is to be written as JMESPath", path=path))
            continue
        number = numbers[n] if n < len(numbers) else "1"
        default = defaults[n] if n < len(defaults) else ""
        made[plain_name(name.strip())] = {"json": jmespath} | picked(number) | given(default)
    return made


def _css(element: Element) -> dict[str, Any]:
    attribute = element.text("HtmlExtractor.attribute")
    what = {"css": element.text("HtmlExtractor.expr")}
    return _named(element, "HtmlExtractor", what | ({"attribute": attribute} if attribute else {}))


def _boundary(element: Element) -> dict[str, Any]:
    left, right = (
        element.text("BoundaryExtractor.lboundary"),
        element.text("BoundaryExtractor.rboundary"),
    )
    regex = f"{re.escape(left)}(.*?){re.escape(right)}" if left and right else ""
    return _named(element, "BoundaryExtractor", {"regex": regex}) if regex else {}


def _xpath(element: Element) -> dict[str, Any]:
    prefix = element.kind
    return _named(element, prefix, {"xpath": element.text(f"{prefix}.xpathQuery")})


def _named(element: Element, prefix: str, what: dict[str, Any]) -> dict[str, Any]:
    name = element.text(f"{prefix}.refname")
    number = element.text(f"{prefix}.match_number", "1")
    rest = picked(number) | given(element.text(f"{prefix}.default"))
    return {plain_name(name): what | rest} if name and all(what.values()) else {}


def picked(number: str) -> dict[str, Any]:
    if number.strip() == "0":
        return {"pick": "random"}
    if number.strip() == "-1":
        return {"pick": "all"}
    return {"pick": int(number)} if number.strip().isdigit() and int(number) > 1 else {}


def given(default: str) -> dict[str, Any]:
    return {"default": default} if default.strip() else {}
