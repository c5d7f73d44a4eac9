"""What the models say of themselves in words: titles, and the meaning of every key.

The JSON Schema and the reference page are made of it.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from functools import cache

from pydantic import BaseModel

from perfconsole.model import (
    alarm_spec,
    checking,
    data,
    extracting,
    group,
    http_spec,
    limit_spec,
    log_spec,
    objective_spec,
    page_probes,
    point_spec,
    probe_spec,
    ready_probes,
    scenario,
    sent,
    server_spec,
    stages,
    steering_spec,
    steps,
    variable_spec,
)

TITLES: dict[type[BaseModel], str] = {
    scenario.Scenario: "The file",
    group.GroupSpec: "A group",
    steps.FlowSpec: "A flow",
    steps.RequestSpec: "Step: request",
    checking.CheckSpec: "A check",
    extracting.ExtractSpec: "A value to extract",
    steps.TransactionSpec: "Step: transaction",
    steps.ThinkSpec: "Step: think",
    steps.RendezvousSpec: "Step: rendezvous",
    steps.CheckStepSpec: "Step: check",
    steps.ExtractStepSpec: "Step: extract",
    steps.SetSpec: "Step: set",
    steps.IfSpec: "Step: if",
    steps.RepeatSpec: "Step: repeat",
    steps.WhileSpec: "Step: while",
    steps.ChooseSpec: "Step: choose",
    steps.WeightedSpec: "A way of choose",
    steps.OneOfSpec: "Step: one_of",
    steps.WaySpec: "A way of one_of",
    steps.PlaySpec: "Step: flow",
    steps.PacingSpec: "Step: pacing",
    variable_spec.VariableSpec: "A variable",
    data.DataSpec: "A table of data",
    point_spec.PointSpec: "A rendezvous",
    stages.ToSpec: "Stage: to",
    stages.HoldSpec: "Stage: hold",
    stages.SpikeSpec: "Stage: spike",
    stages.WaveSpec: "Stage: wave",
    stages.ExponentialSpec: "Stage: exponential",
    stages.WalkSpec: "Stage: walk",
    stages.CurveSpec: "Stage: curve",
    steering_spec.SteeringSpec: "Steering",
    group.ThinkRules: "The think rules of a group",
    http_spec.GroupHttpSpec: "The http of a group",
    http_spec.HttpSpec: "The http of a scenario",
    sent.AuthSpec: "A login",
    sent.FileSpec: "A file in a form",
    scenario.PreparationSpec: "A preparation",
    server_spec.ServerSpec: "A server",
    probe_spec.ProbeSpec: "A probe of your own",
    probe_spec.PlaceSpec: "Where a number is",
    ready_probes.PostgresqlProbe: "Probe: postgresql",
    ready_probes.MysqlProbe: "Probe: mysql",
    ready_probes.RedisProbe: "Probe: redis",
    ready_probes.JvmProbe: "Probe: jvm",
    ready_probes.TomcatProbe: "Probe: tomcat",
    ready_probes.DockerProbe: "Probe: docker",
    page_probes.NginxProbe: "Probe: nginx",
    page_probes.PrometheusProbe: "Probe: prometheus",
    page_probes.SeriesSpec: "A series of a Prometheus page",
    log_spec.LogSpec: "A log",
    limit_spec.LimitSpec: "A limit",
    objective_spec.ObjectiveSpec: "An objective",
    alarm_spec.AlarmSpec: "Alarms",
    alarm_spec.ReceiverSpec: "A receiver of alarms",
}
"""In the order in which a tester meets them."""


@cache
def meanings(model: type[BaseModel]) -> dict[str, str]:
    """By the keys of a file, the string below each attribute; a key without one is left out."""
    model.model_rebuild()  # one that refers to itself knows its aliases only then
    kinds = [kind for kind in reversed(model.__mro__) if issubclass(kind, BaseModel)]
    texts = {name: text for kind in kinds[1:] for name, text in told(kind).items()}
    return {
        field.alias or name: texts[name]
        for name, field in model.model_fields.items()
        if name in texts
    }


def told(kind: type) -> dict[str, str]:
    """By the names of attributes that a class itself has, the string below each."""
    (body,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(body, ast.ClassDef)
    found = {}
    for line, below in zip(body.body, body.body[1:], strict=False):
        match line, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(ast.Constant(str(text))):
                found[name] = plain(text)
    return found


def summary(model: type) -> str:
    """Its docstring in one paragraph."""
    return plain(inspect.getdoc(model) or "")


def plain(text: str) -> str:
    """Markdown in one line."""
    return " ".join(text.split()).replace("``", "`")
