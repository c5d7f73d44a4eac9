"""Why an ssh gave no connection, read from what it said (``ssh -v``), in the words of ours."""

from __future__ import annotations

import re
from dataclasses import dataclass

from perfconsole.servers.faults import Retry, ServerFault
from perfconsole.servers.few_words import few_words
from perfconsole.servers.ssh.host_trust import require_trust
from perfconsole.servers.ssh.hostconfig import HostConfig
from perfconsole.servers.ssh.key_file import key_file
from perfconsole.servers.ssh.known_hosts import read_known_hosts
from perfconsole.servers.ssh.login_words import (
    asks_for,
    offered,
    refused,
    still_locked,
    wrong_password,
)
from perfconsole.texts import say

_DEBUG = re.compile(r"^debug\d: .*\n?", re.MULTILINE)
_HOST_KEY = re.compile(
    r"^debug1: Server host (?:key: |certificate: )(\S+?)(?:-cert-v01@openssh\.com)? "
    r"(SHA256:[A-Za-z0-9+/]+)", re.MULTILINE,
)  # fmt: skip
_OFFERED = re.compile(
    r"^debug1: (?:Offering public key|Trying private key): (.+?)(?: \S+ SHA256:.*)?$", re.MULTILINE
)
_OTHER_WORDS = "debug1: kex_exchange_identification: banner line 0"
_GREETED = "debug1: Remote protocol version"
_CONNECTED = re.compile(
    r"^debug1: (?:Connection established|Executing proxy command)", re.MULTILINE
)
_LET_IN = re.compile(r"^Authenticated to ", re.MULTILINE)
_DENIED = re.compile(r"^(\S+): Permission denied \(([^)]*)\)", re.MULTILINE)
_BAD_KEY = "Host key verification failed"
_NO_KEY_KNOWN = re.compile(r"^No \S+ host key is known for (\S+) and", re.MULTILINE)
_NOTHING_FITS = re.compile(r"^Unable to negotiate with .*: no matching", re.MULTILINE)
_CONNECT = re.compile(
    r"^(?:ssh: )?connect to (?:host|address) .* port \d+: (.+?)\r?$", re.MULTILINE
)
_HUNG_UP = re.compile(
    r"[Cc]onnection (?:closed|reset|aborted)|Broken pipe|^Disconnected from", re.MULTILINE
)
_NO_SSH = re.compile(
    r"banner line contains invalid|banner line too long|invalid format|Bad packet length"
    r"|Protocol major versions differ|authentication code incorrect",
    re.IGNORECASE,
)
_TIMED_OUT = ("timed out", "Timed out", "not responding")


@dataclass(frozen=True, slots=True)
class _Shown:
    """A host key, as far as ssh tells of it."""

    type: str
    fingerprint: str


def why_ended(config: HostConfig, said: str, *, gave_password: bool = False) -> ServerFault:
    """Of an ssh that has ended, or was about to ask for the password again, before it was connected
    to `config`."""
    if config.via is not None and _GREETED not in said:
        return on_the_way(config.via, said)
    if gave_password and _LET_IN.search(said) is None:
        return refused(config, *_offers(said), wrong_password())
    return _read(config, said) or ServerFault(
        say("ssh gave no connection to {where}: {why}", where=config.where, why=_last_error(said)),
        Retry.SLOWLY,
    )


def _read(config: HostConfig, said: str) -> ServerFault | None:
    return _of_host_key(config, said) or _of_login(config, said) or _of_network(config, said)


def stalled(config: HostConfig, said: str) -> ServerFault:
    """Of one that neither connects nor ends."""
    if _GREETED in said:
        return ServerFault(say("{where} hung at login", where=config.where))
    if _CONNECTED.search(said):
        return ServerFault(say("{where} sent no SSH greeting", where=config.where))
    return ServerFault(
        say("{where} gave no answer; is it up, and does a firewall let you in?", where=config.where)
    )


def _of_host_key(config: HostConfig, said: str) -> ServerFault | None:
    if _BAD_KEY not in said:
        return None
    if shown := _HOST_KEY.findall(said):
        try:
            require_trust(config, read_known_hosts(config.known_hosts), _Shown(*shown[-1]))
        except ServerFault as fault:
            return fault
    return ServerFault(
        say("ssh does not trust the host key of {where}: {why}", where=config.where,
            why=_last_error(said)),
        Retry.SLOWLY,
    )  # fmt: skip


def _of_login(config: HostConfig, said: str) -> ServerFault | None:
    """What was tried, and what the server asks for."""
    denied = _DENIED.search(said)
    if denied is None and "Too many authentication failures" not in said:
        return None
    methods = denied[2].split(",") if denied else ["publickey"]
    if "publickey" not in methods or config.password is not None:
        return refused(config, *_offers(said), asks_for(methods))
    locked = [
        still_locked(path)
        for path in config.key_files
        if (file := key_file(path)) and file.locked and str(path) not in config.passphrases
    ]
    return refused(config, offered(_tried(said)), *locked[:3])


def _offers(said: str) -> list[str]:
    tried = _tried(said)
    return [offered(tried)] if tried else []


def _tried(said: str) -> list[str]:
    return [path.strip() for path in _OFFERED.findall(said)]


def _of_network(config: HostConfig, said: str) -> ServerFault | None:
    where, errors = config.where, _DEBUG.sub("", said)
    fault = None
    if "Could not resolve hostname" in errors:
        fault = ServerFault(
            say("the name {host} does not resolve; is it spelled right?", host=config.host)
        )
    elif _NOTHING_FITS.search(errors):
        fault = ServerFault(
            say("{where} offers no safe encryption in common", where=where), Retry.SLOWLY
        )
    elif any(words in errors for words in _TIMED_OUT):
        fault = stalled(config, said)
    elif failed := _CONNECT.search(errors):
        fault = ServerFault(_unreached(where, failed[1]))
    elif _NO_SSH.search(errors) or (_OTHER_WORDS in said and _GREETED not in said):
        fault = ServerFault(say("{where} does not answer as an SSH server does", where=where))
    elif _HUNG_UP.search(errors):
        fault = ServerFault(
            say("{where} hung up before the login (MaxStartups, a firewall?)", where=where)
        )
    return fault


def _unreached(where: str, why: str) -> str:
    if why == "Connection refused":
        return say("{where} refused the connection; is sshd running there?", where=where)
    return say("{where} cannot be reached: {why}", where=where, why=why)


def on_the_way(via: HostConfig, said: str) -> ServerFault:
    """What went wrong before the server itself had said anything: with the jump host before it.
    `said` may be without debugging."""
    errors = _DEBUG.sub("", said)
    if (unknown := _NO_KEY_KNOWN.search(errors)) and _BAD_KEY in errors:
        why = say(
            "unknown host key of {host}; see it, compare it and accept it with: {command}",
            host=unknown[1], command=via.trust_command,
        )  # fmt: skip
        return ServerFault(_way_to(via, why))
    if fault := _read(via, errors):
        return ServerFault(_way_to(via, str(fault)), fault.retry)
    return ServerFault(_way_to(via, _last_error(errors)))


def _way_to(via: HostConfig, why: str) -> str:
    return say("on the way, at {jump}: {why}", jump=via.where, why=why)


def _last_error(said: str) -> str:
    """The last line that is no debugging."""
    lines = [line for line in _DEBUG.sub("", said).splitlines() if line.strip()]
    return few_words(lines[-1].encode()) if lines else say("it said nothing")
