"""Samplers, controllers, timers, assertions and extractors of JMeter → steps of a flow.

As in JMeter a timer, an assertion or an extractor holds for all samplers in its scope: below the
element in which it stands.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, quote_plus

from perfconsole.importers.asking import host_of, request_step
from perfconsole.importers.draft import Draft
from perfconsole.importers.jmx_answers import assertion_of, extraction_of
from perfconsole.importers.jmx_tree import Element
from perfconsole.importers.jmx_values import Names, label
from perfconsole.texts import say

SILENT = frozenset(
    {"ResultCollector", "CookieManager", "CacheManager", "Arguments", "CSVDataSet",
     "DNSCacheManager", "ConfigTestElement", "BackendListener", "Summariser", "HeaderManager",
     "AuthManager",
     "KeystoreConfig", "KerberosManager"}
)  # fmt: skip
"""Looked at elsewhere, or about showing results, or what perfconsole does by itself."""


SCOPED = ("Timer", "Assertion", "Extractor", "Extractor2", "PostProcessor")
"""How the kinds end that hold for what is in their scope, and are no steps."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What holds for the samplers below."""

    thinks: tuple[dict[str, Any], ...] = ()
    checks: dict[str, Any] = field(default_factory=dict)
    extracts: dict[str, Any] = field(default_factory=dict)
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Translator:
    """`base` is the target's URL, `defaults` the path's beginning from HTTP Request Defaults."""

    draft: Draft
    names: Names
    base: str
    path_before: str = ""
    init: list[Any] = field(default_factory=list)
    """What once-only controllers hold."""

    def steps(self, elements: Sequence[Element], scope: Scope) -> list[Any]:
        inside = self._scope(elements, scope)
        made: list[Any] = []
        for element in elements:
            made += self._steps_of(element, inside)
        return made

    # ------------------------------------------------------------ scope

    def _scope(self, elements: Sequence[Element], around: Scope) -> Scope:
        thinks, headers = list(around.thinks), list(around.headers)
        checks, extracts = dict(around.checks), dict(around.extracts)
        for element in elements:
            if element.kind.endswith("Timer"):
                thinks += self._timer(element)
            elif element.kind == "HeaderManager":
                headers += header_rows(element, self.names)
            elif element.kind.endswith("Assertion"):
                checks |= assertion_of(element, self.names, checks, self.lost)
            elif element.kind.endswith(("Extractor", "Extractor2", "PostProcessor")):
                extracts |= extraction_of(element, self.lost)
        return Scope(tuple(thinks), checks, extracts, tuple(headers))

    def _timer(self, element: Element) -> list[dict[str, Any]]:
        delay = element.number("ConstantTimer.delay") / 1000
        spread = element.number("RandomTimer.range") / 1000
        match element.kind:
            case "ConstantTimer":
                return [{"think": f"{delay:g}s"}]
            case "UniformRandomTimer":
                return [{"think": f"{delay:g}s to {delay + spread:g}s"}]
            case "GaussianRandomTimer":
                return [{"think": f"normal {delay:g}s sd {spread:g}s"}]
            case "PoissonRandomTimer":
                self.lost(element, say("it thinks exponentially with the same mean"))
                return [{"think": f"exponential {delay + spread:g}s"}]
            case "SyncTimer":
                return [{"rendezvous": self._meeting(element)}]
        self.lost(element)
        return []

    def _meeting(self, element: Element) -> str:
        size, timeout_ms = int(element.number("groupSize")), element.number("timeoutInMs")
        spec: dict[str, Any] = {"wait_for": size} if size else {}
        if timeout_ms:
            spec["timeout"] = f"{timeout_ms / 1000:g}s"
        if spec:
            self.draft.tree.setdefault("rendezvous", {})[element.name[:80]] = spec
        return element.name[:80]

    # ------------------------------------------------------------ elements

    def _steps_of(self, element: Element, scope: Scope) -> list[Any]:
        kind = element.kind
        if kind in ("HTTPSamplerProxy", "HTTPSampler", "HTTPSampler2"):
            return self._request(element, scope)
        if kind in SILENT or kind.endswith(SCOPED):
            return []
        if kind == "TestAction":
            return self._pause(element)
        if kind.endswith("Controller"):
            inner = self.steps(element.below, scope)
            return self._controlled(element, inner) if inner else []
        self.lost(element)
        return []

    def _controlled(self, element: Element, inner: list[Any]) -> list[Any]:  # noqa: PLR0911 - cases
        match element.kind:
            case "GenericController" | "RecordingController" | "SimpleController":
                return inner
            case "TransactionController":
                return [{"transaction": label(element.name), "steps": inner}]
            case "LoopController":
                count = element.text("LoopController.loops", "1")
                if count == "-1":
                    self.lost(element, say("an endless loop within an iteration"))
                    return inner
                return [{"repeat": self._count(count), "steps": inner}]
            case "OnceOnlyController":
                self.init += inner
                return []
            case "RandomController" | "RandomOrderController":
                if element.kind == "RandomOrderController":
                    self.lost(element, say("its order stays as written"))
                    return inner
                return [{"choose": [{"weight": 1, "steps": [step]} for step in inner]}]
            case "InterleaveControl" | "InterleaveController":
                return [{"one_of": [{"steps": [step]} for step in inner]}]
            case "IfController" | "WhileController":
                return self._conditional(element, inner)
        self.lost(element, say("its steps are always played"))
        return inner

    def _count(self, text: str) -> int | str:
        return int(text) if text.isdigit() else self.names.text(text)

    def _conditional(self, element: Element, inner: list[Any]) -> list[Any]:
        is_while = element.kind == "WhileController"
        raw = element.text("WhileController.condition" if is_while else "IfController.condition")
        condition = condition_of(raw, self.names)
        if condition is None:
            self.lost(element, say("its steps are always played; it asked: {raw}", raw=raw[:80]))
            return inner
        return [{"while": condition, "steps": inner} if is_while
                else {"if": condition, "then": inner}]  # fmt: skip

    def _pause(self, element: Element) -> list[Any]:
        if element.text("ActionProcessor.action") == "1":
            return [{"think": f"{element.number('ActionProcessor.duration') / 1000:g}s"}]
        self.lost(element)
        return []

    # ------------------------------------------------------------ requests

    def _request(self, element: Element, around: Scope) -> list[Any]:
        scope = self._scope(element.below, around)
        url = self._url(element)
        if url is None:
            return []
        method = element.text("HTTPSampler.method", "GET") or "GET"
        rows = list(element.rows("HTTPsampler.Arguments", "Arguments.arguments"))
        raw = element.flag("HTTPSampler.postBodyRaw")
        body, headers = None, list(scope.headers)
        if raw:
            body = "".join(self.names.text(row.get("value", "")) for row in rows)
        elif rows and method in ("GET", "HEAD", "DELETE", "OPTIONS"):
            url += ("&" if "?" in url else "?") + "&".join(map(self._pair, rows))
        files = list(element.rows("HTTPsampler.Files", "HTTPFileArgs.files"))
        step = request_step(self.draft, method, "/", headers, body)
        path = url.removeprefix(self.base) or "/"
        path = path if path.startswith("/") else f"/{path}"
        step["request"] = f"{method} {encoded(path)}"
        step["name"] = label(element.name)
        if rows and not raw and method in ("POST", "PUT", "PATCH"):
            self._form(step, rows, files, multipart=element.flag("HTTPSampler.DO_MULTIPART_POST"))
        elif files:
            step["body_file"] = files[0].get("path", "")
        self._rest(element, step, scope)
        return [*scope.thinks, step]

    def _form(
        self, step: dict[str, Any], rows: list[dict[str, str]], files: list[dict[str, str]],
        *, multipart: bool,
    ) -> None:  # fmt: skip
        fields = {self.names.text(row.get("name", "")): self.draft_kept(row) for row in rows}
        if not files and not multipart:
            step["form"] = fields
            return
        step["multipart"] = fields | {
            row.get("paramname", "file") or "file": {"file": row.get("path", "")} for row in files
        }

    def draft_kept(self, row: dict[str, str]) -> str:
        """A parameter's value; a secret that is written in the plan as a reference."""
        name, value = row.get("name", ""), self.names.text(row.get("value", ""))
        return self.draft.kept(name, value, say("the parameter {name}", name=name))

    def _pair(self, row: dict[str, str]) -> str:
        value = self.draft_kept(row)
        return f"{quote_plus(row.get('name', ''))}={value if '${' in value else quote_plus(value)}"

    def _url(self, element: Element) -> str | None:
        """None for a request to another host, which is told."""
        path = self.names.text(element.text("HTTPSampler.path"))
        if path.startswith(("http://", "https://")):
            host = host_of(path)
        else:
            host = server_of(element, self.names, self.base)
            path = f"{host}{'' if path.startswith('/') else self.path_before + '/'}{path}"
        if host and host != self.base:
            self.lost(element, say("it asks another host: {host}", host=host))
            return None
        return path

    def _rest(self, element: Element, step: dict[str, Any], scope: Scope) -> None:
        if scope.checks:
            step["check"] = scope.checks
        if scope.extracts:
            step["extract"] = scope.extracts
        if timeout_ms := element.number("HTTPSampler.response_timeout"):
            step["timeout"] = f"{timeout_ms / 1000:g}s"
        follows = element.flag("HTTPSampler.follow_redirects")
        if not follows and not element.flag("HTTPSampler.auto_redirects"):
            step["follow_redirects"] = False
        if element.flag("HTTPSampler.image_parser"):
            self.lost(element, say("files embedded in its page are not asked for"))

    # ------------------------------------------------------------

    def lost(self, element: Element, why: str = "") -> None:
        """Tell what is not carried over."""
        what = say('not carried over: {kind} "{name}"', kind=element.kind, name=element.name)
        text = f"{what}: {why}" if why else what
        if text not in self.draft.notes:
            self.draft.notes.append(text)


def encoded(path: str) -> str:
    """A path and its query as they are sent, references left alone."""
    pieces = re.split(r"(\$\{[^{}]*\})", path)
    safe = "/!$&'()*+,;=:@%-._~?"
    return "".join(p if p.startswith("${") else quote(p, safe=safe) for p in pieces)


def header_rows(element: Element, names: Names) -> list[tuple[str, str]]:
    rows = element.rows("HeaderManager.headers")
    return [
        (row.get("name", ""), names.text(row.get("value", ""))) for row in rows if row.get("name")
    ]


def server_of(element: Element, names: Names, default: str) -> str:
    """The URL up to host and port that a sampler or its defaults name; `default` when none."""
    host = names.text(element.text("HTTPSampler.domain"))
    if not host:
        return default
    scheme = element.text("HTTPSampler.protocol") or default.partition("://")[0] or "http"
    port = element.text("HTTPSampler.port")
    usual = "443" if scheme == "https" else "80"
    return f"{scheme}://{host}" + (f":{port}" if port and port != usual else "")


def condition_of(raw: str, names: Names) -> str | None:
    """A plain comparison, None for what only a script engine understands."""
    text = raw.strip()
    match = re.fullmatch(r"\$\{__(?:groovy|jexl3|javaScript)\((.*?)(?:,\s*)?\)\}", text, re.DOTALL)
    if match is not None:
        text = re.sub(r"vars\.get\([\"'](\w+)[\"']\)", r"${\1}", match[1])
    match = re.fullmatch(
        r"\s*(\"?\$\{\w+\}\"?|'\$\{\w+\}')\s*(==|!=|<=|>=|<|>)\s*(\"[^\"]*\"|'[^']*'|[\w.${}-]+)\s*",
        text,
    )
    if match is None:
        return None
    left = match[1].strip("\"'")
    return f"{names.text(left)} {match[2]} {names.text(match[3])}"
