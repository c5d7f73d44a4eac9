"""httpx's exceptions → the few kinds in which requests fail here."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import httpx

from perfconsole.injector.failure import (
    Failure,
    closed_early,
    cut_short,
    of_connect,
    of_loss,
    of_proxy,
    one_line,
    protocol_error,
    timed_out,
    unresolved,
)
from perfconsole.model.phase import Phase

_MOST_CAUSES = 10
_PROXY_CHARS = 80


def failure_in(error: Exception, phase: Phase, timeouts: dict[str, float | None]) -> Failure:
    """Why a request broke in `phase`; `timeouts` are the client's own, seconds by name."""
    if isinstance(error, httpx.TimeoutException):
        is_opening = isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout)
        return timed_out(timeouts.get("connect" if is_opening else "read") or 0.0, phase)
    if isinstance(error, httpx.ProxyError):
        return of_proxy(Failure(one_line(str(error), _PROXY_CHARS)))
    causes = [each for each in _causes(error) if isinstance(each, OSError)]
    if causes:  # several attempts to connect are an OSError without a number
        cause = next((each for each in causes if each.errno is not None), causes[0])
        return _of_system(cause, connecting=isinstance(error, httpx.ConnectError))
    if isinstance(error, httpx.RemoteProtocolError):
        if "disconnected" in str(error):
            return closed_early()
        if phase is Phase.RECEIVE and "closed" in str(error):
            return cut_short()
    return protocol_error(f"{type(error).__name__}: {error}")


def _of_system(error: OSError, *, connecting: bool) -> Failure:
    if isinstance(error, socket.gaierror):
        return unresolved(error)
    if connecting and not isinstance(error, ssl.SSLError):
        return of_connect(error)
    return of_loss(error)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """What led to an error, the nearest first; of several attempts to connect, the last."""
    cause: BaseException | None = error
    for _ in range(_MOST_CAUSES):
        if cause is None:
            return
        yield cause
        if isinstance(cause, BaseExceptionGroup):
            cause = cause.exceptions[-1]
        else:
            cause = cause.__cause__ or cause.__context__
