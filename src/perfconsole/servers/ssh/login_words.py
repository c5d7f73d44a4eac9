"""Why a server let nobody in, in the same words whatever asked it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from perfconsole.servers.faults import Retry, ServerFault
from perfconsole.servers.plain import one_line
from perfconsole.servers.ssh.hostconfig import HostConfig
from perfconsole.texts import say

MOST_CHARS = 120


def refused(config: HostConfig, *why: str) -> ServerFault:
    """Never to be tried again: that could lock the account."""
    return ServerFault(
        say("login refused for {login}: {why}", login=config.login, why="; ".join(why)),
        Retry.NEVER,
    )


def offered(keys: Sequence[str]) -> str:
    if not keys:
        return say('there was no key to offer; name its file with "identity", or --identity')
    return say("offered {keys}", keys=", ".join(keys[:4]) + (", ..." if len(keys) > 4 else ""))


def asks_for(methods: Sequence[str]) -> str:
    asked = say("it asks for {methods}", methods=named(methods))
    if "password" in methods or "keyboard-interactive" in methods:
        return asked + "; " + say('give the server "password: ask" or "password: ${env:NAME}"')
    return asked


def named(methods: Sequence[str]) -> str:
    """Ways to log in, by words that the server made up."""
    return one_line(" or ".join(methods), MOST_CHARS) or "?"


def still_locked(path: Path) -> str:
    return say("{path} is locked and not in the agent: ssh-add {path}", path=path)


def wrong_password() -> str:
    return say("the password was not accepted")
