"""CSS selectors and XPaths: made ready to be used, and what is wrong with one before it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from perfconsole.scenario.problems import hint
from perfconsole.texts import say

VOID_ELEMENTS = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
     "wbr"}
)  # fmt: skip
"""Of HTML, which never have a text."""

_FUNCTIONS = frozenset(
    {"boolean", "ceiling", "concat", "contains", "count", "false", "floor", "id", "lang", "last",
     "local-name", "name", "namespace-uri", "normalize-space", "not", "number", "position", "round",
     "starts-with", "string", "string-length", "substring", "substring-after", "substring-before",
     "sum", "translate", "true"}
)  # fmt: skip
_LIKE_FUNCTIONS = frozenset(
    {"and", "or", "div", "mod", "comment", "node", "processing-instruction", "text"}
)
_LITERAL = re.compile(r"\"[^\"]*\"|'[^']*'")
_CALL = re.compile(r"(?<![\w.:-])([^\W\d][\w.-]*)\s*\(")
_PREFIX = re.compile(r"(?<![\w.:-])([^\W\d][\w.-]*):(?!:)")
_SHOWN_CHARS = 80


def compiled_css(selector: str) -> Callable[[Any], Any]:
    """What selects its elements below an element of lxml. Raises cssselect's SelectorError."""
    from cssselect import HTMLTranslator

    return compiled_xpath(HTMLTranslator().css_to_xpath(selector))


def compiled_xpath(path: str) -> Callable[[Any], Any]:
    """What evaluates it on an element of lxml, without any extension of XPath 1.0.

    Raises lxml's XPathError and, for characters that no page has, ValueError.
    """
    from lxml import etree

    compiled: Callable[[Any], Any] = etree.XPath(path, regexp=False, smart_strings=False)
    return compiled


def css_fault(selector: str, *, has_attribute: bool) -> str | None:
    """Why `selector` can select no value in any page, and what would be right."""
    from cssselect import SelectorError
    from cssselect.parser import parse

    shown = repr(selector[:_SHOWN_CHARS])
    if "::" in _LITERAL.sub("", selector):
        return say('{css} is no CSS selector; for an attribute write "attribute: href" beside it',
                   css=shown)  # fmt: skip
    try:
        compiled_css(selector)
        elements = {_element(each.parsed_tree) for each in parse(selector)}
    except (SelectorError, ValueError, RecursionError) as error:
        return say("{css} is no CSS selector: {reason}", css=shown, reason=_reason(error))
    textless = sorted(name for name in elements if name in VOID_ELEMENTS)
    if textless and not has_attribute:
        return say('"{element}" has no text; say which attribute, such as "attribute: {example}"',
                   element=textless[0], example=_ATTRIBUTES.get(textless[0], "src"))  # fmt: skip
    return None


_ATTRIBUTES = {"input": "value", "meta": "content", "link": "href", "area": "href", "base": "href"}


def _element(tree: Any) -> str | None:
    """The name of the element that is selected, when it has one."""
    while not hasattr(tree, "element"):
        tree = getattr(tree, "subselector", None) or tree.selector
    name = tree.element
    return name.lower() if isinstance(name, str) else None


def xpath_fault(path: str) -> str | None:
    """Why `path` can lead to no value in any page, and what would be right."""
    from lxml import etree

    shown = repr(path[:_SHOWN_CHARS])
    bare = _LITERAL.sub("''", path)
    if "$" in bare:
        return say("{xpath}: no value goes into an XPath", xpath=shown)
    if prefix := _PREFIX.search(bare):
        return say('{xpath}: "{prefix}:" means nothing; write *[local-name()="..."]',
                   xpath=shown, prefix=prefix[1])  # fmt: skip
    for name in _CALL.findall(bare):
        if name not in _FUNCTIONS and name not in _LIKE_FUNCTIONS:
            return say('XPath has no function "{name}"; {hint}', name=name,
                       hint=hint(name, sorted(_FUNCTIONS), say("functions")))  # fmt: skip
    try:
        compiled_xpath(path)(etree.Element("html"))
    except (etree.XPathError, ValueError, RecursionError) as error:
        return say("{xpath} is no XPath: {reason}", xpath=shown, reason=_reason(error))
    return None


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text[0].lower() + text[1:].rstrip(".")
