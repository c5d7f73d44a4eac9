"""nginx by its page of stub_status (ngx_http_stub_status_module)."""

from __future__ import annotations

import re

from perfconsole.servers.probes.ask import Reading, Unreadable
from perfconsole.servers.probes.number_text import shown
from perfconsole.texts import say

_PAGE = re.compile(
    r"Active connections:\s*(\d+)\s+server accepts handled requests(?: request_time)?\s+"
    r"(\d+)\s+(\d+)\s+(\d+)(?:\s+\d+)?\s+Reading:\s*(\d+)\s+Writing:\s*(\d+)\s+Waiting:\s*(\d+)"
)


def read_status(page: str) -> Reading:
    """Raises Unreadable when it is another page."""
    match = _PAGE.search(page)
    if match is None:
        raise Unreadable(say('this is no page of stub_status: "{text}"', text=shown(page)))
    active, accepted, handled, requests, reading, writing, waiting = map(float, match.groups())
    return Reading(
        gauges={"active": active, "reading": reading, "writing": writing, "waiting": waiting},
        counters={
            "requests_s": requests,
            "accepted_s": accepted,
            "dropped_s": max(0.0, accepted - handled),
        },
    )
