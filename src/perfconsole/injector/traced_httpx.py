"""The browser of a rehearsal on the second engine."""

from __future__ import annotations

from perfconsole.injector.httpx_browser import HttpxBrowser
from perfconsole.injector.traced_browser import TracedBrowser


class TracedHttpxBrowser(TracedBrowser, HttpxBrowser):
    __slots__ = ()
