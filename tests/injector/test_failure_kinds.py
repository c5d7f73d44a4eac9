"""The kinds of failure are few, and ARCHITECTURE.md names each of them."""

from __future__ import annotations

import errno
import re
import ssl
from pathlib import Path

import pytest

from perfconsole.injector import failure
from perfconsole.model.phase import Phase

ROOT = Path(__file__).parent.parent.parent
KIND = re.compile(r"Failure\(\s*say\(\s*['\"]([^'\"{:]+)")


def test_every_kind_is_in_the_architecture() -> None:
    told = (ROOT / "ARCHITECTURE.md").read_text()
    kinds = {
        kind.strip()
        for path in (ROOT / "src/perfconsole/injector").glob("*.py")
        for kind in KIND.findall(path.read_text())
    }
    assert {"connect refused", "timeout", "TLS", "HTTP", "check failed", "reset"} <= kinds
    assert sorted(kind for kind in kinds if f"`{kind}" not in told) == []


@pytest.mark.parametrize("phase", Phase)
def test_a_timeout_tells_its_phase_and_how_long_in_the_sample_only(phase: Phase) -> None:
    late = failure.timed_out(1.5, phase)
    assert re.fullmatch(r"timeout: [A-Za-z ]+", late.kind)
    assert late.shown() == "not over within 1.5 s"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConnectionRefusedError(111, "Connect call failed ('127.0.0.1', 1)"), "connect refused"),
        (TimeoutError(110, "Connect call failed ('10.0.0.1', 80)"), "timeout: connecting"),
        (ConnectionResetError(104, "Connection reset by peer"), "reset"),
        (OSError(errno.EHOSTUNREACH, "No route to host"), "connection lost: no route to host"),
        (OSError(errno.EMFILE, "Too many open files"), "no descriptors left"),
        (OSError(errno.EADDRNOTAVAIL, "Cannot assign"), "no local port left"),
    ],
)
def test_what_the_system_says(error: OSError, kind: str) -> None:
    assert failure.of_connect(error).kind == kind


def test_a_certificate_for_another_host_is_one_kind_whatever_the_host() -> None:
    error = ssl.SSLCertVerificationError()
    error.verify_message = "Hostname mismatch, certificate is not valid for 'shop-17'."
    lost = failure.of_loss(error)
    assert lost.kind == "TLS: Hostname mismatch"
    assert "shop-17" in lost.shown()
