"""Values out of HTML and XML by CSS selectors and XPath, on libxml2's parsers.

Neither parser opens a file or a connection, or puts in what a page defines as an entity.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import isfinite
from typing import Any

from lxml import etree

from perfconsole.injector.page import Page
from perfconsole.injector.searching import sendable
from perfconsole.model.plan import Extract
from perfconsole.scenario.selectors import VOID_ELEMENTS, compiled_css, compiled_xpath

_HTML = etree.HTMLParser(encoding="utf-8", no_network=True, recover=True)
_XML = etree.XMLParser(
    encoding="utf-8", no_network=True, recover=True, resolve_entities=False,
    load_dtd=False, huge_tree=False,
)  # fmt: skip


def parsed(data: bytes, content_type: bytes) -> Any:
    """The root element of a page in UTF-8; None when there is none, or when it is not trusted."""
    media = content_type.partition(b";")[0].strip().lower()
    is_xml = media in (b"text/xml", b"application/xml") or (
        media.endswith(b"+xml") and media != b"application/xhtml+xml"
    )
    if is_xml and b"<!ENTITY" in data:  # an XPath may put them in, each many times
        return None
    try:
        return etree.fromstring(data, _XML if is_xml else _HTML)
    except etree.ParseError:  # such as of an empty page
        return None


def by_css(extract: Extract) -> Callable[[Page], Iterator[str]]:
    """The text, or an attribute, of each element that a selector selects."""
    return _Finder(compiled_css(extract.what), extract.attribute)


def by_xpath(extract: Extract) -> Callable[[Page], Iterator[str]]:
    """Each element's text, attribute or text that a path leads to, or what it comes to."""
    return _Finder(compiled_xpath(extract.what), None)


class _Finder:
    __slots__ = ("_attribute", "_find")

    def __init__(self, find: Callable[[Any], Any], attribute: str | None) -> None:
        self._find = find
        self._attribute = attribute

    def __call__(self, page: Page) -> Iterator[str]:
        root = page.tree()
        if root is None:
            return
        try:
            found = self._find(root)
        except etree.XPathError:  # a function that does not fit what is there
            return
        for each in found if isinstance(found, list) else [found or None]:
            value = _text(each, self._attribute)
            if value is not None:
                yield sendable(value)


def _text(found: Any, attribute: str | None) -> str | None:
    """None for what is no value."""
    match found:
        case str():
            return found
        case bool():
            return "true" if found else "false"
        case float():
            return f"{found:.15g}" if isfinite(found) else None
        case etree._Element():
            text: str | None = _of_element(found) if attribute is None else found.get(attribute)
            return text
        case _:
            return None


def _of_element(element: Any) -> str | None:
    if not isinstance(element.tag, str):  # a comment
        return str(element.text)
    return None if element.tag in VOID_ELEMENTS else "".join(element.itertext()).strip()
