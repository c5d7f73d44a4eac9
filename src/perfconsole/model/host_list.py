"""Whether a URL's host stands on a list of hosts as a person writes it."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit


def on_list(url: str, hosts: Iterable[str]) -> bool:
    """``shop.example`` is any port of it, ``shop.example:8443`` this one, ``*.shop.example`` all
    hosts below."""
    there = urlsplit(url)
    host = (there.hostname or "").rstrip(".")
    port = there.port or (443 if there.scheme == "https" else 80)
    for listed in hosts:
        entry = urlsplit(f"//{listed.lower()}")
        name = (entry.hostname or "").rstrip(".")
        fits = host.endswith(name[1:]) if name.startswith("*.") else host == name
        if fits and entry.port in (None, port):
            return True
    return False


def is_this_machine(url: str) -> bool:
    """By its name or address alone: nothing is looked up."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
