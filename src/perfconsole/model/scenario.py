"""The scenario as a person writes it: what `scenario.load` makes of a file, validated."""

from __future__ import annotations

from contextlib import suppress
from pathlib import PurePath
from typing import Annotated, Self

from pydantic import Field, model_validator

from perfconsole.model.alarm_spec import AlarmSpec
from perfconsole.model.any_probe import limits_in
from perfconsole.model.data import DataSpec
from perfconsole.model.group import GroupSpec
from perfconsole.model.http_spec import NO_PROXY, HttpSpec, Target
from perfconsole.model.limit_sets import DEFAULT, LIMIT_SETS, layered
from perfconsole.model.limit_spec import Limit, Limits, LimitSpec
from perfconsole.model.objective_spec import ObjectiveSpec
from perfconsole.model.point_spec import PointSpec
from perfconsole.model.profile import Profile
from perfconsole.model.scalars import Duration, Name, OnError, VuCount
from perfconsole.model.sent import AllowedHosts
from perfconsole.model.server_spec import ServerSpec
from perfconsole.model.steering_spec import SteeringSpec
from perfconsole.model.steps import Flow
from perfconsole.model.strict import Strict
from perfconsole.model.variable_spec import VariableName, Variables
from perfconsole.model.vu_shares import ShareError, shares_of
from perfconsole.texts import say


class PreparationSpec(Strict):
    """A command of this machine, or a flow: what prepares a test, or cleans up after it."""

    command: Annotated[str, Field(min_length=1)] | None = None
    """As typed in a shell, in the scenario's folder and with your rights. It has the environment of
    whoever started the run, and ``PERFCONSOLE_RUN``, ``PERFCONSOLE_TARGET`` and each variable as
    ``PERFCONSOLE_VAR_`` with its name (``-`` as ``_``); nothing is put into its text. An exit
    status other than 0 is a failure."""
    flow: Annotated[str, Field(min_length=1)] | None = None
    """A flow's name, or ``file.py:function``: played once by one VU, rendezvous walked past."""
    timeout: Annotated[Duration, Field(gt=0)] = 300.0
    """Seconds, 300 when left out; then it is ended, with all that it started, and has failed."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.command is None) == (self.flow is None):
            raise ValueError(say('give either "command" or "flow"'))
        return self


class Scenario(Strict):
    """The whole file. Files it names lie beside it."""

    name: Name
    """In the console and in every report."""
    extends: str | None = None
    """Another scenario's file, over which this one is laid, key by key at any depth; lists and
    single values replace the other's, and ``null`` takes a key away. Files that a file names are
    relative to its own folder."""
    include: tuple[str, ...] = ()
    """Files whose flows, data, variables and other keys are added, none of which may be there
    already. They may be parts without name, target and groups, and include others."""
    target: Target | None = None
    """A URL without a path, or ``demo`` for the built-in target; needed as soon as there are
    groups."""
    duration: Annotated[Duration, Field(gt=0)] | None = None
    """Clock time from the first VU; else the run ends by hand, or with its iterations."""
    watch: bool = False
    """True: what the groups send is no load, only a look at how the target answers. A target that
    is down is shown and keeps nothing from starting, and the verdict is by servers and by
    objectives that are given."""
    warmup: Duration = 0.0
    """From the first VU; objectives leave it out."""
    vus: VuCount | None = None
    """Of all groups together; a group's own ``vus`` may be a share of them, such as ``30%``."""
    max_vus: VuCount | None = None
    """Of all groups at one time: what they plan must stay within it, and a hand that wants more is
    asked first."""
    hosts: AllowedHosts = ()
    """Hosts that load may go to, such as ``staging.example`` or ``*.test.example``; a start against
    another one asks first, but for this machine. The target's own when left out."""
    initialize_all: bool = False
    """True: every VU plays its flow's ``init`` before any of them begins."""
    seed: Annotated[int, Field(ge=0)] | None = None
    """For all that is drawn at random, so that a run can be repeated; another in each run when
    left out."""
    on_error: OnError = "next_iteration"
    """What a VU does when a step fails: ``continue`` with the next step, go to the
    ``next_iteration``, or stop: ``stop_vu``, ``stop_group``."""
    http: HttpSpec = HttpSpec()
    """What holds for all requests."""
    before: tuple[PreparationSpec, ...] = ()
    """One after the other before the first VU, none of it in the figures; one that fails keeps the
    test from starting."""
    after: tuple[PreparationSpec, ...] = ()
    """One after the other when the last VU has ended, whatever the end; one that fails is told, and
    changes no verdict."""
    groups: dict[Name, GroupSpec] = {}
    """By name; needed unless there are servers to watch."""
    flows: dict[Name, Flow] = {}
    """By name: the steps of an iteration."""
    rendezvous: dict[Name, PointSpec] = {}
    """By name: what each point waits for, where the default will not do."""
    steering: tuple[SteeringSpec, ...] = ()
    """What is done while the test runs, in the order of their times, without a hand; ``--vus`` and
    ``--rate`` leave it as it is."""
    variables: Variables = {}
    """What ``${name}`` stands for at the beginning of each iteration."""
    data: dict[VariableName, DataSpec] = {}
    """Tables by name; ``${users.name}`` is a value of the row that the VU has."""
    servers: dict[Name, ServerSpec] = {}
    """By name: machines whose CPU, memory and disks stand beside the load."""
    limits: str = DEFAULT
    """A set of limits that servers are held to, by name: ``default`` (CPU 75, memory 75, disk 80,
    network 70; disk busy 70, shown and not judged), ``daily`` (70, 80, 80, 70), ``peak`` (85, 90,
    80, 70), or one of ``limit_sets``."""
    limit_sets: dict[Name, Limits] = {}
    """Sets of limits by names of their own, over those of ``default``."""
    thresholds: Limits = {}
    """Limits of single metrics, over those of the set: ``cpu_percent``, ``load_1m``,
    ``disk_percent`` or of one mount ``disk_percent:/var``, any other that servers have, or a
    probe's, ``orders_db.connections_percent``; ``off`` takes one away."""
    objectives: tuple[ObjectiveSpec, ...] = ()
    """What the verdict asks for; a pass rate of 99 % over all when left out."""
    alarms: AlarmSpec = AlarmSpec()
    """What somebody should look at, and who is told."""

    @model_validator(mode="after")
    def _something_to_do(self) -> Self:
        if not self.groups and not self.servers:
            raise ValueError(say("the scenario is empty: give it groups, or servers to watch"))
        if self.groups and self.target is None:
            raise ValueError(say('groups need a "target", such as http://127.0.0.1:8080'))
        return self

    @model_validator(mode="after")
    def _shares(self) -> Self:
        """Whether they add up is told elsewhere, with the line."""
        for name, group in self.groups.items():
            if group.share is not None:
                with suppress(ShareError):
                    self.curve_of(name)
        return self

    @property
    def loads(self) -> bool:
        """Its groups load the target: it is held to the default objective, if to no other."""
        return bool(self.groups) and not self.watch

    def vus_of(self, group: str) -> int | None:
        """As its ``vus`` says, a share worked out; None when it says nothing."""
        vus = self.groups[group].vus
        if not isinstance(vus, str):
            return vus
        percents = {
            name: each.share for name, each in self.groups.items() if each.share is not None
        }
        return shares_of(self.vus, percents)[group]

    def most_vus_of(self, group: str) -> int:
        """The most VUs that it may have."""
        return self.groups[group].most_vus(self.vus_of(group))

    def curve_of(self, group: str, seed: int | None = None) -> Profile:
        """A group's VUs over time, from its start; `seed` is the run's where the scenario has
        none. In an open model they are the ceiling."""
        return self.groups[group].vu_profile(self.vus_of(group), self._seed(group, seed))

    def rate_curve_of(self, group: str, seed: int | None = None) -> Profile | None:
        """Its arrivals a second over time, in an open model."""
        return self.groups[group].rate_profile(self._seed(group, seed))

    def _seed(self, group: str, seed: int | None) -> str:
        return f"{self.seed if self.seed is not None else seed}/{group}"

    def flow_of(self, group: str) -> str:
        """Its name; of one in Python its file's name and its function."""
        python = self.groups[group].python
        if python is not None:
            path, function = python
            return f"{PurePath(path).name}:{function}"
        return self.groups[group].flow or group

    def http_version_of(self, group: str) -> str:
        return self.groups[group].http.version or self.http.version

    def proxy_of(self, group: str) -> str | None:
        """The URL, its password in it."""
        proxy = self.groups[group].http.proxy or self.http.proxy
        return None if proxy == NO_PROXY else proxy

    def limits_of(self, server: str, chosen: str | None = None) -> dict[str, LimitSpec]:
        """A server's limits: the defaults, over them the set that it is held to (`chosen` instead,
        when given), those of its logs and probes, the scenario's thresholds as far as it has the
        probes, its own. Raises KeyError for a set not there."""
        spec = self.servers[server]
        common = layered(
            LIMIT_SETS[DEFAULT],
            self.set_of_limits(chosen or spec.limits or self.limits),
            {**spec.log_limits, **limits_in(spec.probes)},
            self.thresholds,
        )
        mine = {metric: limit for metric, limit in common.items() if spec.may_measure(metric)}
        return layered(mine, spec.thresholds)

    def set_of_limits(self, name: str) -> dict[str, Limit]:
        """The scenario's own before one built in. Raises KeyError for one not there."""
        return self.limit_sets[name] if name in self.limit_sets else LIMIT_SETS[name]
