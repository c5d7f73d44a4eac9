"""Packages that few need: HTTP/2 and SOCKS are in the extra ``perfconsole[http2]``."""

from __future__ import annotations

from importlib.util import find_spec

from perfconsole.texts import say


def lacks_package(http_version: str, proxy: str | None) -> bool:
    """Whether what a group's requests go through is not installed here."""
    packages = ["h2"] if http_version == "2" else []
    if proxy is not None and proxy.startswith("socks"):
        packages.append("socksio")
    return not all(find_spec(package) for package in packages)


def what_to_install() -> str:
    return say('HTTP/2 and SOCKS need more packages: pip install "perfconsole[http2]"')
