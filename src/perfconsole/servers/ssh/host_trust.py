"""Whether a server may be who its host key says, and the words for a person when it may not."""

from __future__ import annotations

from perfconsole.servers.faults import Retry, ServerFault
from perfconsole.servers.ssh.hostconfig import HostConfig
from perfconsole.servers.ssh.known_hosts import AnyKey, Finding, Line, Standing, judge
from perfconsole.texts import say


def require_trust(config: HostConfig, lines: list[Line], key: AnyKey) -> None:
    """Raises ServerFault unless `key` is the pinned one, or without a pin a known one, saying what
    it is and how to accept it; a revoked one never does. `lines` are of the known_hosts files."""
    finding = judge(lines, config.name, key)
    if finding.standing is Standing.REVOKED or config.pin is None:
        _require_known(config, finding, key)
    elif key.fingerprint != config.pin:
        raise ServerFault(
            say(
                "HOST KEY OF {where} IS NOT THE PINNED ONE, it may be an impostor: it shows {type} "
                "{shown}, the pin is {pin}; refused",
                where=config.where, type=key.type, shown=key.fingerprint, pin=config.pin,
            ),
            Retry.SLOWLY,
        )  # fmt: skip


def _require_known(config: HostConfig, finding: Finding, key: AnyKey) -> None:
    if finding.standing is Standing.TRUSTED:
        return
    # An unknown key may be accepted any moment; nothing else changes by itself.
    retry = Retry.SOON if finding.standing is Standing.UNKNOWN else Retry.SLOWLY
    raise ServerFault(why_not_trusted(config, finding, key), retry)


def why_not_trusted(config: HostConfig, finding: Finding, key: AnyKey) -> str:
    """One line: what the server showed, what was expected, how to accept it if it is right."""
    line = finding.line
    if line is None:
        return _unknown(config, finding, key)
    if finding.standing is Standing.REVOKED:
        return say(
            "REVOKED HOST KEY of {where}: {place} forbids {shown}; refused",
            where=config.where, place=line.place, shown=key.fingerprint,
        )  # fmt: skip
    return say(
        "HOST KEY OF {where} HAS CHANGED, it may be an impostor: it shows {shown}, known is "
        "{known}; if the change is right, remove line {place} yourself, then: {command}",
        where=config.where, shown=key.fingerprint, known=line.key.fingerprint, place=line.place,
        command=config.trust_command,
    )  # fmt: skip


def withheld(other: Line) -> str:
    """Of a server whose key is unknown, where `other` is known of it."""
    return say(
        "it does not show {type} {known} of {place}, it may be an impostor",
        type=other.key.type, known=other.key.fingerprint, place=other.place,
    )  # fmt: skip


def _unknown(config: HostConfig, finding: Finding, key: AnyKey) -> str:
    said = say(
        "unknown host key of {where}: {type} {shown}; compare it, then accept it with: {command}",
        where=config.where, type=key.type, shown=key.fingerprint, command=config.trust_command,
    )  # fmt: skip
    authority = finding.authority
    if finding.other is not None:
        return say("{unknown}; {beware}", unknown=said, beware=withheld(finding.other))
    if authority is None:
        return said
    return say(
        "{unknown}; {place} trusts certificates of an authority, which only \"transport: openssh\" "
        "can verify",
        unknown=said, place=authority.place,
    )  # fmt: skip
