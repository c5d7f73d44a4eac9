"""How a scenario talks to its target, as a person reads it in `check`: only what is not usual."""

from __future__ import annotations

from collections.abc import Iterator

from perfconsole.model.http_spec import HttpSpec
from perfconsole.model.scenario import Scenario
from perfconsole.model.sent import AuthSpec, FileSpec
from perfconsole.model.steps import RequestSpec
from perfconsole.texts import say


def unverified(http: HttpSpec) -> str | None:
    """The sentence that everybody must read when no certificate is looked at."""
    if not http.insecure:
        return None
    return say("the target's certificate is NOT verified (insecure): whoever answers is believed")


def connection_lines(scenario: Scenario) -> Iterator[str]:
    """Under the target: logins by their kind alone, never what they carry."""
    http = scenario.http
    if http.auth is not None:
        yield say("  login      {kind}", kind=_kind(http.auth))
    if http.allowed_hosts:
        yield say("  redirects  also to {hosts}", hosts=", ".join(http.allowed_hosts))
    if http.resolve == "vu" or http.ip is not None:
        who = say("by each VU") if http.resolve == "vu" else say("once")
        family = "" if http.ip is None else say(", IPv{version} only", version=http.ip)
        yield say("  addresses  looked up {who}{family}", who=who, family=family)
    tls = list(_tls(http))
    if tls:
        yield say("  TLS        {words}", words="; ".join(tls))


def _kind(login: AuthSpec) -> str:
    return say("basic") if login.basic is not None else say("bearer token")


def _tls(http: HttpSpec) -> Iterator[str]:
    if http.insecure:
        yield say("certificate NOT verified")
    if http.ca is not None:
        yield say("trusts {file}", file=http.ca)
    if http.cert is not None:
        yield say("client certificate {file}", file=http.cert)
    if http.server_name is not None:
        yield say("asks for {name}", name=http.server_name)
    if http.resume_tls:
        yield say("sessions resumed")


def sent_with(step: RequestSpec) -> Iterator[str]:
    """What a request carries, without its contents."""
    if "json_body" in step.model_fields_set:
        yield say("json")
    if step.form:
        yield say("form")
    if step.body:
        yield say("body")
    if step.multipart is not None:
        files = [p.file for p in step.multipart.values() if isinstance(p, FileSpec)]
        named = say(" of {files}", files=", ".join(files)) if files else ""
        yield say("multipart form{files}", files=named)
    if step.body_file is not None:
        yield say("file {file}", file=step.body_file)
    if isinstance(step.auth, AuthSpec):
        yield say("{kind} login", kind=_kind(step.auth))
    elif step.auth is not None:
        yield say("no login")
