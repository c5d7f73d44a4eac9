"""known_hosts as it is found in the world: read tolerantly, looked up strictly (sshd(8)).

A line that cannot be understood is passed over; it never makes a key trusted, nor stops the rest
of the file from counting.
"""

from __future__ import annotations

import base64
import binascii
import fnmatch
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

from perfconsole.servers.faults import Retry, ServerFault
from perfconsole.texts import say

MOST_BYTES = 16 << 20


class AnyKey(Protocol):
    """A server's public key, or what is told of it."""

    @property
    def type(self) -> str:
        """Such as ``ssh-ed25519``."""

    @property
    def fingerprint(self) -> str:
        """``SHA256:...`` as ssh prints it."""


@dataclass(frozen=True, slots=True)
class HostKey:
    """A server's public key."""

    type: str
    base64: str

    @property
    def fingerprint(self) -> str:
        digest = hashlib.sha256(base64.b64decode(self.base64)).digest()
        return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Line:
    """One usable line; `marker` is empty, ``@revoked`` or ``@cert-authority``."""

    path: Path
    number: int
    marker: str
    hosts: str
    key: HostKey

    @property
    def place(self) -> str:
        return f"{self.path}:{self.number}"


class Standing(Enum):
    TRUSTED = "trusted"
    UNKNOWN = "unknown"
    CHANGED = "changed"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Finding:
    """What the files say of a key; `line` is the one that decided, if any."""

    standing: Standing
    line: Line | None = None
    authority: Line | None = None
    """Of an unknown key: it names an authority for certificates of this host."""
    other: Line | None = None
    """Of an unknown key: one of another type that is known of this host and was asked for."""


def lookup_name(host: str, port: int) -> str:
    """What a host is called in known_hosts."""
    host = host.lower()
    return host if port == 22 else f"[{host}]:{port}"


def read_known_hosts(paths: Iterable[Path]) -> list[Line]:
    """All usable lines. A missing file has none; one that may not be read is a ServerFault."""
    lines: list[Line] = []
    for path in paths:
        try:
            with path.open("rb") as file:
                data = file.read(MOST_BYTES)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            raise ServerFault(
                say("cannot read {path}: {why}", path=path, why=error.strerror), Retry.SLOWLY
            ) from None
        lines += parse_known_hosts(path, data)
    return lines


def parse_known_hosts(path: Path, data: bytes) -> list[Line]:
    parsed = (
        _parse_line(path, number, text)
        for number, text in enumerate(data.decode(errors="replace").split("\n"), start=1)
    )
    return [line for line in parsed if line is not None]


def _parse_line(path: Path, number: int, text: str) -> Line | None:
    fields = text.split()
    marker = fields.pop(0) if fields and fields[0].startswith("@") else ""
    if len(fields) < 3 or fields[0].startswith("#"):
        return None
    if marker not in ("", "@revoked", "@cert-authority"):
        return None
    hosts, kind, blob = fields[:3]
    try:
        decoded = base64.b64decode(blob, validate=True)
    except (binascii.Error, ValueError):
        return None
    length = int.from_bytes(decoded[:4], "big")
    if decoded[4 : 4 + length] != kind.encode():
        return None
    return Line(path, number, marker, hosts, HostKey(kind, base64.b64encode(decoded).decode()))


def judge(lines: Iterable[Line], name: str, key: AnyKey) -> Finding:
    """What `lines` say of `key` for the host `name` (as `lookup_name` gives it).

    Lines of a certificate authority trust no plain key.
    """
    ours = [line for line in lines if _matches(line.hosts, name)]
    same = [line for line in ours if line.key.fingerprint == key.fingerprint]
    for line in same:
        if line.marker == "@revoked":
            return Finding(Standing.REVOKED, line)
    for line in same:
        if not line.marker:
            return Finding(Standing.TRUSTED, line)
    for line in ours:
        if not line.marker and line.key.type == key.type:
            return Finding(Standing.CHANGED, line)
    authorities = (line for line in ours if line.marker == "@cert-authority")
    others = (line for line in ours if not line.marker)
    return Finding(Standing.UNKNOWN, None, next(authorities, None), next(others, None))


def known_types(lines: Iterable[Line], name: str) -> list[str]:
    """Key types that are known of a host: these are asked of it first."""
    types = [line.key.type for line in lines if not line.marker and _matches(line.hosts, name)]
    return list(dict.fromkeys(types))


def _matches(patterns: str, name: str) -> bool:
    if patterns.startswith("|"):
        return _matches_hash(patterns, name)
    matched = False
    for pattern in patterns.lower().split(","):
        if _glob(pattern.removeprefix("!"), name):
            if pattern.startswith("!"):
                return False
            matched = True
    return matched


def _glob(pattern: str, name: str) -> bool:
    """Only ``*`` and ``?`` are special; brackets are part of ``[host]:port``."""
    return fnmatch.fnmatchcase(name, pattern.replace("[", "[[]"))


def _matches_hash(pattern: str, name: str) -> bool:
    try:
        _, version, salt, digest = pattern.split("|")
        made = hmac.new(base64.b64decode(salt), name.encode(), hashlib.sha1).digest()
        return version == "1" and hmac.compare_digest(made, base64.b64decode(digest))
    except ValueError:
        return False
