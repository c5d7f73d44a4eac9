"""What somebody should look at, told once for each cause: events of the run in, alarms out."""

from __future__ import annotations

from collections.abc import Callable

from perfconsole.controller.record import Record
from perfconsole.metrics.figures import percent, three_digits
from perfconsole.model import causes
from perfconsole.model import event as ev
from perfconsole.model.causes import Causes
from perfconsole.model.error_window import ErrorWindow
from perfconsole.model.rate import rate_text
from perfconsole.model.scenario import Scenario
from perfconsole.model.states import RunState, Verdict
from perfconsole.scenario.inventory import groups_of_transaction
from perfconsole.texts import say, some_vus

_END_LEVELS = {
    Verdict.PASSED: "info",
    Verdict.NOT_PROVEN: "warning",
    Verdict.FAILED: "error",
    Verdict.ABORTED: "error",
}


class Alarms:
    """Listens to `record` and adds `Alarmed` to it; `send` hands each on to who is not looking.

    What goes wrong in muted groups raises none: their transactions are left out of the errors, and
    an objective is silent while all groups that it is about are muted.
    """

    def __init__(
        self, scenario: Scenario, record: Record, send: Callable[[ev.Alarmed], None]
    ) -> None:
        self._scenario = scenario
        self._record = record
        self._send = send
        self._causes = Causes()
        self._errors = ErrorWindow(scenario.alarms.errors)
        self._lost_at: dict[str, float] = {}
        """When load generators were lost whose VUs may not be back, by cause."""
        record.listen(self._hear)

    def end(self, verdict: Verdict, reasons: tuple[str, ...]) -> None:
        """The run is over but for being said so: nothing can come back any more."""
        self._tell_recoveries(self._record.now(), hold_s=0.0)
        text = say("the run ended: {verdict}", verdict=verdict.value.replace("_", " "))
        text = "; ".join((text, *reasons))
        self._begins(causes.END, _END_LEVELS[verdict], text, self._record.now())

    def _hear(self, event: ev.RunEvent) -> None:
        match event:
            case ev.Second():
                self._second(event)
            case ev.Sampled():
                self._sampled(event)
            case ev.Breached():
                self._breached(event)
            case ev.Crossed() | ev.GroupChanged():
                self._objectives(event)
            case ev.Grew() if event.loud:
                cause = causes.growth(event.server, event.metric)
                self._set(cause, event.lasts, "warning", event.text, event.at)
            case ev.Saturated():
                self._saturated(event)
            case ev.Noted(cause=cause) if cause:
                self._noted(event)

    # ---------------------------------------------------------------- what goes wrong

    def _breached(self, event: ev.Breached) -> None:
        cause = causes.breach(event.server, event.metric)
        server = self._record.view.servers.get(event.server)
        metric = server.metrics.get(event.metric) if server is not None else None
        judged = (server is None or server.judged) and (metric is None or metric.traits.judged)
        level = "error" if judged else "warning"
        self._set(cause, event.over, level, event.text, event.since if event.over else event.at)

    def _sampled(self, event: ev.Sampled) -> None:
        name, sample = event.sample.server, event.sample
        text = say("{server} answers", server=name) if sample.ok else f"{name}: {sample.detail}"
        self._set(causes.server_lost(name), not sample.ok, "warning", text, event.at)

    def _saturated(self, event: ev.Saturated) -> None:
        """One alarm for the load generator as a whole, whichever part of it is late."""
        still = bool(self._record.view.generator.causes)
        text = say("the load generator is the bottleneck: {why}", why=event.text)
        if not still:
            text = say("the load generator is the bottleneck no more")
        self._set(causes.SATURATED, still, "error", text, event.since or event.at)

    def _noted(self, event: ev.Noted) -> None:
        if event.cause.startswith(causes.INJECTOR):
            self._lost_at[event.cause] = event.at
        self._set(event.cause, event.level != "info", event.level, event.text, event.at)

    def _objectives(self, event: ev.Crossed | ev.GroupChanged) -> None:
        """One that is crossed or no more; all of them when who is muted may have changed."""
        if isinstance(event, ev.Crossed):
            there = event.over and not self._is_muted(event.key)
            since = event.since or event.at
            self._set(causes.objective(event.key), there, "error", event.text, since)
            return
        for key, text in self._record.view.crossed.items():
            there = not self._is_muted(key)
            said = text if there else say("{what}: its groups are muted", what=text)
            self._set(causes.objective(key), there, "error", said, event.at)

    def _is_muted(self, key: str) -> bool:
        """Whether all groups that an objective is about are."""
        metric, _, name = key.partition(" of ")
        if metric == "server":
            return False
        known = self._scenario.groups
        doing = groups_of_transaction(self._scenario, name) if name else frozenset(known)
        about = [
            group for group in self._record.view.groups.values()
            if group.name in doing or group.name not in known
        ]  # fmt: skip
        return bool(about) and all(group.muted for group in about)

    # ---------------------------------------------------------------- every second

    def _second(self, event: ev.Second) -> None:
        self._errors.add({g.name: (g.passed, g.failed) for g in event.tick.groups})
        self._look_at_errors(event.at)
        self._look_for_the_lost(event)
        self._tell_recoveries(event.at)

    def _look_at_errors(self, at: float) -> None:
        window = self._errors
        muted = {group.name for group in self._record.view.groups.values() if group.muted}
        over, limit = window.over(muted), window.limit.replace("%", " %")
        if over:
            figure = window.figure(muted)
            shown = percent(figure) if limit.endswith("%") else rate_text(figure)
            text = say("errors over {limit}: {shown} in the last {n} s{load}", limit=limit,
                       shown=shown, n=window.length_s, load=self._load())  # fmt: skip
            self._begins(causes.ERRORS, "error", text, at)
        elif over is not None:
            self._causes.ceases(causes.ERRORS, at, say("errors back under {limit}", limit=limit))

    def _load(self) -> str:
        view = self._record.view
        return say(", at {vus}, {tps} TPS", vus=some_vus(view.vus), tps=three_digits(view.tps))

    def _look_for_the_lost(self, event: ev.Second) -> None:
        """A lost load generator is made good when as many VUs live as are wanted: in a whole second
        after it was lost."""
        view = self._record.view
        if view.state is not RunState.RUNNING or view.vus < view.vus_target:
            return
        for cause, lost_at in list(self._lost_at.items()):
            if view.started_at + event.tick.second >= lost_at:
                del self._lost_at[cause]
                vus = some_vus(view.vus)
                text = say("{cause} is made good: {vus} live", cause=cause, vus=vus)
                self._causes.ceases(cause, event.at, text)

    # ---------------------------------------------------------------- telling

    def _set(self, cause: str, there: bool, level: str, text: str, since: float) -> None:
        if there:
            self._begins(cause, level, text, since)
        else:
            self._causes.ceases(cause, since, text)

    def _begins(self, cause: str, level: str, text: str, since: float) -> None:
        if self._causes.begins(cause, level):
            self._tell(cause, level, True, text, since)

    def _tell_recoveries(self, now: float, hold_s: float = causes.HOLD_S) -> None:
        for cause, known in self._causes.recovered(now, hold_s):
            self._tell(cause, known.level, False, known.words, known.gone_at or now)

    def _tell(self, cause: str, level: str, on: bool, text: str, since: float) -> None:
        told = self._record.add(
            ev.Alarmed, cause=cause, level=level, on=on, text=text, since=since
        )  # fmt: skip
        self._send(told)
