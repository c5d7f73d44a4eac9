"""Tomcat by its manager: the status page, and the JMX proxy for what that page leaves out.

The request that asks is among the busy threads. On the server both pages come with one curl, whose
input says what to ask for and with which login: no command line has it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from perfconsole.model.ready_probes import TomcatProbe
from perfconsole.servers.probes.ask import Ask, Reading, Unreadable
from perfconsole.servers.probes.page_ask import PageAsk
from perfconsole.servers.probes.ready.interval import Interval, ratio
from perfconsole.servers.probes.ready.named_values import first_line, refused
from perfconsole.servers.probes.ready.page_fetch import request_headers
from perfconsole.texts import say

if TYPE_CHECKING:
    from lxml.etree import _Element

STATUS = "/status?XML=true"
JMX = "/jmxproxy/?qry=*:type=ThreadPool,*"
OK, UNREACHED = "200", "000"
_ESCAPES = {"\\": r"\\", '"': r"\"", "\n": r"\n", "\r": r"\r"}
_CODE = re.compile(r"^#(\d{3})$", re.MULTILINE | re.ASCII)
_JMX_LINE = re.compile(r"^(Name|connectionCount|maxConnections): (.*?)\r?$", re.MULTILINE)
_JMX_NAME = re.compile(r'[:,]name="?([^",]+)')
_COUNTERS = {
    "requests_s": "requestCount",
    "errors_s": "errorCount",
    "received_bytes_s": "bytesReceived",
    "sent_bytes_s": "bytesSent",
}
"""By the names that they get, the page's own."""


def asks(settings: TomcatProbe) -> tuple[Ask, ...]:
    if settings.ask_from == "here":
        return ()
    paths = (STATUS, JMX) if settings.connections else (STATUS,)
    headers = request_headers(settings.headers, settings.auth)
    config = [
        "silent", "show-error", "globoff", f"max-time = {settings.timeout:g}",
        *(f"header = {_quoted(f'{name}: {value}')}" for name, value in headers.items()),
        *(f"url = {_quoted(settings.url.rstrip('/') + path)}" for path in paths),
        'write-out = "\\n#%{http_code}\\n"',
    ]  # fmt: skip
    return (
        Ask(
            ("curl", "--disable", "--config", "-"),
            Pages(),
            stdin="\n".join([*config, ""]),
            every_s=settings.every,
            timeout_s=settings.timeout,
        ),
    )


def _quoted(text: str) -> str:
    """As curl reads it in a configuration, where a line break would begin another option."""
    return '"' + "".join(_ESCAPES.get(char, char) for char in text) + '"'


def pages(settings: TomcatProbe) -> tuple[PageAsk, ...]:
    if settings.ask_from == "server":
        return ()
    headers = request_headers(settings.headers, settings.auth)
    parses: dict[str, Callable[[str], Reading]] = {STATUS: StatusPages(), JMX: read_jmx}
    return tuple(
        PageAsk(settings.url.rstrip("/") + path, parse, headers, settings.every, settings.timeout)
        for path, parse in parses.items()
        if path == STATUS or settings.connections
    )


class Pages:
    """Reads what curl wrote of both pages, each with ``#`` and its HTTP status behind it."""

    def __init__(self) -> None:
        self._status = StatusPages()

    def __call__(self, text: str) -> Reading:
        """Raises Unreadable with what curl or the manager said instead of the status page."""
        parts = _CODE.split(text)
        answers = list(zip(parts[::2], parts[1::2], strict=False))
        page, code = answers[0] if answers else ("", UNREACHED)
        if code == UNREACHED:
            raise refused("curl", _CODE.sub("", text))
        if code != OK:
            raise Unreadable(_refusal(code, "manager-status"))
        reading = self._status(page)
        if len(answers) < 2:
            return reading
        jmx, jmx_code = answers[1]
        if jmx_code != OK:
            return Reading(reading.gauges, reading.counters, _refusal(jmx_code, "manager-jmx"))
        return Reading({**reading.gauges, **read_jmx(jmx).gauges}, reading.counters)


def _refusal(code: str, role: str) -> str:
    match code:
        case "401":
            return say("Tomcat's manager does not take this user and password")
        case "403":
            return say("Tomcat's manager refuses: the user needs the role {role}, and the address "
                       "that asks has to be allowed", role=role)  # fmt: skip
        case "404":
            return say("there is no manager of Tomcat at this address")
    return say("Tomcat's manager answers with HTTP {status}", status=code)


class StatusPages:
    """Reads the status pages of one Tomcat, one after the other."""

    def __init__(self) -> None:
        self._requests: dict[str, Interval] = {}

    def __call__(self, page: str) -> Reading:
        """Raises Unreadable."""
        root = _tree(page)
        gauges = dict(_heap(root))
        counters: dict[str, float] = {}
        for connector in root.iterfind("connector"):
            name = (connector.get("name") or "").strip('"')
            gauges.update(_threads(name, _numbers(connector, "threadInfo")))
            requests = _numbers(connector, "requestInfo")
            steps = self._requests.setdefault(name, Interval()).steps(requests)
            gauges.update(ratio(f"request_mean_ms:{name}", steps, "processingTime", "requestCount"))
            counters.update(
                (f"{ours}:{name}", requests[its])
                for ours, its in _COUNTERS.items()
                if its in requests
            )
        return Reading(gauges, counters)


def _tree(page: str) -> _Element:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(page.strip().encode(), parser)
    except etree.XMLSyntaxError:
        root = None
    if root is None or root.tag != "status":
        raise Unreadable(say('this is no status page of Tomcat: "{text}"', text=first_line(page)))
    return root


def _heap(root: _Element) -> Iterator[tuple[str, float]]:
    memory = _numbers(root, "jvm/memory")
    if {"free", "total"} <= memory.keys():
        used = memory["total"] - memory["free"]
        yield "heap_used_bytes", used
        if memory.get("max", 0) > 0:
            yield "heap_percent", 100 * used / memory["max"]


def _threads(name: str, info: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    """A connector with an executor of several knows none of its numbers: they are -1."""
    if info.get("currentThreadCount", -1) >= 0:
        yield f"threads:{name}", info["currentThreadCount"]
    busy = info.get("currentThreadsBusy", -1)
    if busy >= 0:
        yield f"threads_busy:{name}", busy
        if info.get("maxThreads", 0) > 0:
            yield f"threads_percent:{name}", 100 * busy / info["maxThreads"]


def _numbers(node: _Element, path: str) -> dict[str, float]:
    """Attributes that are numbers, of the element at `path`."""
    found = node.find(path)
    attributes = {} if found is None else dict(found.attrib)
    return {
        str(name): float(text)
        for name, text in attributes.items()
        if re.fullmatch(r"-?\d{1,18}", str(text), re.ASCII)
    }


def read_jmx(text: str) -> Reading:
    """Raises Unreadable when it is no answer of the JMX proxy."""
    if not text.lstrip().startswith("OK"):
        raise Unreadable(say("Tomcat's JMX proxy says: {said}", said=first_line(text)))
    gauges: dict[str, float] = {}
    pools: list[dict[str, str]] = []
    for key, value in _JMX_LINE.findall(text):
        if key == "Name":
            pools.append({})
        if pools:
            pools[-1][key] = value
    for pool in pools:
        named = _JMX_NAME.search(pool["Name"])
        count, most = (pool.get(key, "") for key in ("connectionCount", "maxConnections"))
        if named is None or not count.isdecimal():
            continue
        gauges[f"connections:{named[1]}"] = float(count)
        if most.isdecimal() and int(most) > 0:
            gauges[f"connections_percent:{named[1]}"] = 100 * float(count) / float(most)
    return Reading(gauges)
