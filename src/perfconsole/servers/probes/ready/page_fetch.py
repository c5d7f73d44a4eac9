"""How a page is asked for: from this machine, or on the server itself with its curl or wget."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from perfconsole.model.page_probes import PageProbe
from perfconsole.model.sent import AuthSpec
from perfconsole.scenario.authorization import HEADER, credentials
from perfconsole.servers.probes.ask import Ask, Reading
from perfconsole.servers.probes.page_ask import PageAsk

_FETCH = 'if command -v curl >/dev/null; then curl -sSfg "$1"; else wget -q -O - "$1"; fi'
"""To curl without ``-g`` brackets in an address, as Prometheus' own has, are a range of pages."""
Parse = Callable[[str], Reading]


def page_ask(settings: PageProbe, parse: Parse) -> PageAsk:
    """From this machine."""
    headers = request_headers(settings.headers, settings.auth)
    return PageAsk(settings.url, parse, headers, settings.every, settings.timeout)


def request_headers(headers: Mapping[str, str], login: AuthSpec | None) -> dict[str, str]:
    return {**headers, **({} if login is None else {HEADER: credentials(login, {})})}


def server_ask(settings: PageProbe, parse: Parse, lines: str = "") -> Ask:
    """On the server; only the lines that the extended regular expression `lines` is found in are
    sent, when it is given."""
    script = _FETCH
    if lines:
        script = (
            f'page=$({_FETCH}) || exit; printf "%s\\n" "$page" | {{ grep -E -e "$2" || true; }}'
        )
    argv = ("sh", "-c", script, "sh", settings.url, *([lines] if lines else []))
    return Ask(argv, parse, every_s=settings.every, timeout_s=settings.timeout)
