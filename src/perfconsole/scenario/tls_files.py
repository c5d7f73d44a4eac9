"""Whether the files that TLS needs are what they must be, found out before anything connects."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeGuard

from perfconsole.scenario.problems import Complaint
from perfconsole.texts import say


class _Locked(Exception):
    """A passphrase is asked for."""


def tls_complaints(http: dict[str, Any]) -> Iterator[Complaint]:
    """About ``ca``, ``cert`` and ``key`` of a plain tree's ``http``, as far as they are files."""
    ca, cert, key = (http.get(name) or None for name in ("ca", "cert", "key"))
    if key and not cert:
        yield Complaint(("http", "key"), say("http.key is of no use without http.cert"))
    if _is_file(ca) and not _has_certificate(ca):
        yield Complaint(("http", "ca"), _no_certificate("ca", ca))
    if _is_file(cert) and (key is None or _is_file(key)):
        yield from _pair(cert, key)


def _is_file(path: Any) -> TypeGuard[str]:
    return isinstance(path, str) and os.path.isfile(path) and os.access(path, os.R_OK)


def _has_certificate(file: str) -> bool:
    import ssl

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=file)
    except (OSError, ValueError):
        return False
    return True


def _no_certificate(key: str, file: str) -> str:
    return say("http.{key}: {file} holds no certificate in PEM form", key=key, file=file)


def _pair(cert: str, key: str | None) -> Iterator[Complaint]:
    import ssl

    def passphrase() -> str:
        raise _Locked

    at, holder = ("http", "key" if key else "cert"), key or cert
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(cert, key, passphrase)
    except _Locked:
        text = say("http.{key}: {file} is encrypted, and nobody is asked for a passphrase here; "
                   "decrypt it (openssl pkey -in {file} -out plain.pem)",
                   key=at[1], file=holder)  # fmt: skip
        yield Complaint(at, text)
    except (OSError, ValueError) as error:
        if not _has_certificate(cert):
            yield Complaint(("http", "cert"), _no_certificate("cert", cert))
        elif not _has_key(holder):
            text = say("http.key: {file} holds no private key in PEM form", file=holder)
            if key is None:
                text = say("http.cert: {file} holds no private key; name its file in http.key",
                           file=cert)  # fmt: skip
            yield Complaint(at, text)
        elif getattr(error, "reason", None) == "KEY_VALUES_MISMATCH":
            text = say("http.{key}: the key in {file} does not belong to the certificate in {cert}",
                       key=at[1], file=holder, cert=cert)  # fmt: skip
            yield Complaint(at, text)
        else:
            text = say("http.{key}: {file} is damaged, or of a kind that TLS cannot use",
                       key=at[1], file=holder)  # fmt: skip
            yield Complaint(at, text)


def _has_key(file: str) -> bool:
    try:
        return "PRIVATE KEY-----" in Path(file).read_text("latin-1")
    except OSError:
        return False
