"""What must hold before the first VU starts: a target that answers, descriptors enough."""

from __future__ import annotations

import asyncio
import resource
import socket
import ssl
from collections.abc import Mapping
from urllib.parse import urlsplit

from perfconsole.injector.dialer import tls_context
from perfconsole.injector.failure import Unusable
from perfconsole.injector.names import FAMILIES
from perfconsole.model.scenario import Scenario
from perfconsole.scenario.inventory import needed_descriptors
from perfconsole.scenario.planning import proxy_url, target_plan
from perfconsole.scenario.variables import known_values
from perfconsole.texts import say


class CannotStart(Exception):
    """The run cannot start; str() is one line for a person. Nothing was loaded."""


def raise_descriptor_limit(needed: int) -> None:
    """The soft limit up to the hard one; injectors inherit it. Raises CannotStart."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = hard if hard != resource.RLIM_INFINITY else max(soft, needed, 65536)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, limit), hard))
    except (ValueError, OSError):
        limit = soft
    if needed > limit:
        raise CannotStart(
            say(
                "the scenario needs {needed} open files a process and this machine allows {limit}: "
                "raise the limit (ulimit -Hn), or run fewer VUs",
                needed=needed,
                limit=limit,
            )
        )


async def check_target(scenario: Scenario, url: str) -> None:
    """Resolve, connect and shake hands once. Raises CannotStart."""
    plan = target_plan(scenario, url)
    try:
        context = tls_context(plan) if plan.scheme == "https" else None
    except Unusable as error:
        raise CannotStart(str(error)) from None
    where = urlsplit(url).netloc
    name = (plan.server_name or plan.host) if context else None
    await _reach(
        where, plan.host, plan.port, plan.connect_timeout_s,
        context=context, family=plan.family, server_name=name,
    )  # fmt: skip


async def check_proxy(url: str, connect_timeout_s: float) -> None:
    """Resolve and connect once; what is behind it is the proxy's to reach. Raises CannotStart."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 0
    where = say("the proxy {where}", where=f"{host}:{port}")
    await _reach(where, host, port, connect_timeout_s)


async def _reach(
    where: str,
    host: str,
    port: int,
    timeout_s: float,
    *,
    context: ssl.SSLContext | None = None,
    family: int = 0,
    server_name: str | None = None,
) -> None:
    """`where` is what a person calls it."""
    try:
        async with asyncio.timeout(min(10.0, timeout_s)):
            _, writer = await asyncio.open_connection(
                host, port, ssl=context, family=FAMILIES[family], server_hostname=server_name
            )
        writer.transport.abort()
    except TimeoutError:
        why = say("no answer in time")
    except socket.gaierror:
        raise CannotStart(_unresolved(host, family)) from None
    except ssl.SSLCertVerificationError as error:
        why = say("its certificate is not accepted: {why}", why=error.verify_message)
    except ssl.SSLError as error:
        why = say("it does not speak TLS as expected: {why}", why=error.reason or error)
    except OSError as error:
        why = error.strerror or str(error) or type(error).__name__
        if isinstance(error, ConnectionRefusedError) or "refused" in str(error):
            why = say("connection refused; is it running?")
    else:
        return
    raise CannotStart(say("cannot reach {where}: {why}", where=where, why=why))


def _unresolved(host: str, family: int) -> str:
    if family:
        return say("cannot resolve {host} to an IPv{family} address (ip: {family})",
                   host=host, family=family)  # fmt: skip
    return say("cannot resolve {host}: no such name; is it spelled right?", host=host)


async def preflight(
    scenario: Scenario, url: str, injectors: int, values: Mapping[str, str]
) -> None:
    """All checks; `values` are those given to the scenario's variables. Raises CannotStart."""
    if scenario.groups:
        raise_descriptor_limit(needed_descriptors(scenario, injectors))
        texts = known_values(scenario.variables, values).texts
        proxies = dict.fromkeys(proxy_url(scenario, group, texts) for group in scenario.groups)
        for proxy in proxies if scenario.loads else ():
            if proxy is None:
                await check_target(scenario, url)
            else:
                await check_proxy(proxy, scenario.http.connect_timeout)
