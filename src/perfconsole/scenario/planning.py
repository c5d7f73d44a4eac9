"""A scenario → the plain plan an injector plays: bodies encoded, headers merged, checks folded."""

from __future__ import annotations

import json
import string
from collections.abc import Iterable
from typing import TypeVar
from urllib.parse import quote, urlencode, urlsplit

from perfconsole import __version__
from perfconsole.model import plan
from perfconsole.model.scenario import (
    CheckSpec,
    CheckStepSpec,
    Flow,
    HttpSpec,
    RendezvousSpec,
    RequestSpec,
    Scenario,
    StepSpec,
    ThinkSpec,
)
from perfconsole.scenario.inventory import flows_run, points_of, request_name

DEFAULT_HEADERS = {"User-Agent": f"perfconsole/{__version__}", "Accept": "*/*"}

T = TypeVar("T")

# RFC 3986: what a path and query may carry as it is; "%" so that written escapes stay.
_SAFE = "!$%&'()*+,-./:;=?@_~"
_HEX = frozenset(string.hexdigits)


def plan_for(
    scenario: Scenario,
    target_url: str,
    *,
    injector: int,
    started_at: float,
    seed: int,
    lease_s: float,
) -> plan.InjectorPlan:
    """The plan of injector number `injector`; `target_url` stands for the scenario's target.

    `started_at` is Unix time of the run's second 0, `lease_s` seconds.
    """
    points = points_of(scenario)
    return plan.InjectorPlan(
        injector=injector,
        started_at=started_at,
        target=target_plan(scenario, target_url),
        groups=tuple(
            plan.GroupPlan(
                name,
                scenario.flow_of(name),
                group.iterations,
                group.arrivals if group.open else None,
            )
            for name, group in scenario.groups.items()
        ),
        flows={name: _steps(flow, scenario.http) for name, flow in flows_run(scenario).items()},
        rendezvous=tuple(points),
        rendezvous_off=tuple(name for name, point in points.items() if not point.on),
        seed=seed,
        lease_s=lease_s,
    )


def encoded_path(path: str) -> str:
    """`path` as sent: written escapes kept, everything else that needs one escaped, no fragment."""
    path = path.split("#", 1)[0]
    pieces = path.split("%")
    kept = [pieces[0]]
    for piece in pieces[1:]:
        is_escape = len(piece) >= 2 and set(piece[:2]) <= _HEX
        kept.append(("%" if is_escape else "%25") + piece)
    return quote("".join(kept), safe=_SAFE)


def ascii_host(host: str) -> str:
    """A host name as DNS knows it. Raises ValueError when it can be none."""
    return host if host.isascii() else host.encode("idna").decode("ascii")


def merged_headers(*layers: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """Later layers win, whatever the case of their names; each header once."""
    merged: dict[str, tuple[str, str]] = {}
    for layer in layers:
        for name, value in layer.items():
            merged[name.lower()] = (name, value.strip())
    return tuple(merged.values())


def target_plan(scenario: Scenario, url: str) -> plan.TargetPlan:
    """Where connections go and what they must prove; `url` ends after host and port."""
    parts, http = urlsplit(url), scenario.http
    return plan.TargetPlan(
        scheme=parts.scheme,
        host=ascii_host(parts.hostname or ""),
        port=parts.port or (443 if parts.scheme == "https" else 80),
        connect_timeout_s=http.connect_timeout,
        verify=not http.insecure,
        ca_file=http.ca,
        cert_file=http.cert,
        key_file=http.key,
    )


def _steps(steps: Iterable[StepSpec] | Flow, http: HttpSpec) -> tuple[plan.Step, ...]:
    planned: list[plan.Step] = []
    for step in steps:
        match step:
            case RequestSpec():
                planned.append(_request(step, http))
            case CheckStepSpec():
                before = planned.pop()
                if not isinstance(before, plan.RequestStep):
                    raise ValueError("a check step stands right after a request")
                planned.append(_checked(before, step.check))
            case ThinkSpec():
                planned.append(plan.ThinkStep(*step.bounds_s))
            case RendezvousSpec():
                planned.append(plan.RendezvousStep(step.rendezvous))
            case _:
                inner = _steps(step.steps, http)
                planned.append(plan.TransactionStep(step.transaction, inner))
    return tuple(planned)


def _request(step: RequestSpec, http: HttpSpec) -> plan.RequestStep:
    body, content_type = _body(step)
    natural = {"Content-Type": content_type} if content_type else {}
    request = plan.RequestStep(
        name=request_name(step),
        method=step.method,
        path=encoded_path(step.path),
        headers=merged_headers(DEFAULT_HEADERS, natural, http.headers, step.headers),
        body=body,
        check=plan.Check(),
        timeout_s=step.timeout if step.timeout is not None else http.timeout,
        follow_redirects=step.follow_redirects,
    )
    return _checked(request, step.check) if step.check else request


def _body(step: RequestSpec) -> tuple[bytes, str | None]:
    """The body and the content type that it has unless a header says otherwise."""
    if "json_body" in step.model_fields_set:
        text = json.dumps(step.json_body, ensure_ascii=False, separators=(",", ":"))
        return text.encode(), "application/json"
    if step.form is not None:
        return urlencode(step.form).encode(), "application/x-www-form-urlencoded"
    if step.body is not None:
        return step.body.encode(), "text/plain; charset=utf-8"
    return b"", None


def _checked(request: plan.RequestStep, check: CheckSpec) -> plan.RequestStep:
    """`request` with `check` besides what is already asked of its answer."""
    old = request.check
    limits = [limit for limit in (old.max_s, check.max_time) if limit is not None]
    both = plan.Check(
        statuses=_common(old.statuses, _as_tuple(check.status)),
        body_contains=old.body_contains + _as_tuple(check.body_contains),
        max_s=min(limits, default=None),
    )
    return plan.RequestStep(
        request.name,
        request.method,
        request.path,
        request.headers,
        request.body,
        both,
        request.timeout_s,
        request.follow_redirects,
    )


def _as_tuple(value: T | tuple[T, ...] | None) -> tuple[T, ...]:
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


def _common(first: tuple[int, ...], second: tuple[int, ...]) -> tuple[int, ...]:
    """Status codes that both allow; empty means that any will do."""
    if not first or not second:
        return first or second
    return tuple(status for status in first if status in second) or (0,)
