"""The browser of a rehearsal on the second engine."""

from __future__ import annotations

from collections.abc import Callable

from perfconsole.injector.browser import Browser, User
from perfconsole.injector.engine import Engine
from perfconsole.injector.httpx_browser import HttpxBrowser
from perfconsole.injector.route import Route
from perfconsole.injector.traced_browser import TracedBrowser
from perfconsole.injector.tracer import Tracer
from perfconsole.model.plan import GroupPlan, TargetPlan


class TracedHttpxBrowser(TracedBrowser, HttpxBrowser):
    def __init__(self, tracer: Tracer, group: str, home: Route, engine: Engine, user: User) -> None:
        HttpxBrowser.__init__(self, group, home, engine, user)
        self.tracer = tracer


def traced_httpx_browsers(
    tracer: Tracer, group: GroupPlan, target: TargetPlan
) -> Callable[[Engine, User], Browser]:
    """Makes the browsers of a group's VUs. Raises Unusable."""
    home = Route.of(group, target)

    def make(engine: Engine, user: User) -> Browser:
        return TracedHttpxBrowser(tracer, group.name, home, engine, user)

    return make
