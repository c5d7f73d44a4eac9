"""The scenario as a person writes it: what `scenario.load` makes of a file, validated.

Names that refer to each other are checked here too, so that a `Scenario` can always be run.
"""

from __future__ import annotations

import math
import re
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

from perfconsole.model.curve import Ramp, parse_ramp
from perfconsole.model.data import DataSpec, Default, Extracts, VariableName
from perfconsole.model.duration import parse_duration
from perfconsole.model.rate import (
    RATE_RAMP_FORMS,
    RateRamp,
    is_rate_ramp,
    parse_rate,
    parse_rate_ramp,
)
from perfconsole.model.sent import AllowedHosts, Auth, AuthSpec, Part, ServerName
from perfconsole.texts import say

Duration = Annotated[float, BeforeValidator(parse_duration)]
"""Seconds, written as ``30s``, ``2m``, ``1h30m`` or a bare number of seconds."""

Rate = Annotated[float, BeforeValidator(parse_rate)]
"""Arrivals a second, written as ``500/s``, ``300/min``, ``3600/h`` or a bare number a second."""
LEAST_CEILING = 10
MOST_CEILING = 1000
"""VUs of an open group that does not say how many."""

Name = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]
VuCount = Annotated[int, Field(ge=1, le=1_000_000)]
Percent = Annotated[float, Field(ge=0, le=100)]
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
_TOKEN = re.compile(r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")


def _headers(value: dict[str, str]) -> dict[str, str]:
    for name, text in value.items():
        if not _TOKEN.match(name):
            raise ValueError(say("{name!r} is no header name", name=name))
        if name.lower() in ("content-length", "transfer-encoding", "connection"):
            raise ValueError(say("{name} is set by perfconsole itself; leave it out", name=name))
        if any(ord(c) < 32 and c != "\t" for c in text) or not _latin(text):
            raise ValueError(
                say("the value of {name} has characters that no header can carry", name=name)
            )
    return value


def _latin(text: str) -> bool:
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True


Headers = Annotated[dict[str, str], AfterValidator(_headers)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CheckSpec(_Model):
    """What the answer must be like; each one given must hold."""

    status: int | tuple[int, ...] | None = None
    """The one status, or any of a list; any below 400 when left out."""
    body_contains: str | tuple[str, ...] | None = None
    """Text that must be in the body; of a list, all of it."""
    max_time: Duration | None = None
    """The answer must be whole within this time."""


class RequestSpec(_Model):
    """``request: POST /login`` with its own keys beside it."""

    request: str
    """Method and path, such as ``GET /home?page=2``."""
    name: Name | None = None
    """In tables and errors, and of its transaction when it is in none; method and path when left
    out."""
    headers: Headers = {}
    """Over the scenario's own."""
    body: str | None = None
    """Sent as it stands here."""
    json_body: Any = Field(default=None, alias="json")
    """Anything, sent as JSON with its Content-Type."""
    form: dict[str, str | int | float] | None = None
    """Fields, sent as a web page's form does."""
    multipart: Annotated[dict[str, Part], Field(min_length=1)] | None = None
    """Fields, some of them files: a form with files in it."""
    body_file: Annotated[str, Field(min_length=1)] | None = None
    """The body is this file as it is, relative to the scenario's."""
    auth: Auth | None = None
    """Instead of the scenario's own; ``none`` for neither."""
    check: CheckSpec | None = None
    """What the answer must be like."""
    extract: Extracts | None = None
    """Values out of the answer, by the name of the variable each becomes."""
    timeout: Duration | None = None
    """Instead of the scenario's own."""
    follow_redirects: bool = True
    """False: a redirect is the answer."""

    @property
    def method(self) -> str:
        return self.request.split()[0]

    @property
    def path(self) -> str:
        return self.request.split()[1]

    @model_validator(mode="after")
    def _well_formed(self) -> Self:
        words = self.request.split()
        if len(words) != 2 or words[0] not in METHODS or not words[1].startswith("/"):
            raise ValueError(say('a request is a method and a path, such as "GET /home"'))
        bodies = [
            self.body is not None,
            "json_body" in self.model_fields_set,
            self.form is not None,
            self.multipart is not None,
            self.body_file is not None,
        ]
        if sum(bodies) > 1:
            raise ValueError(say("give only one of body, json, form, multipart and body_file"))
        names = {name.lower() for name in self.headers}
        if self.multipart is not None and "content-type" in names:
            raise ValueError(
                say("Content-Type is set by multipart itself, with its boundary; leave it out")
            )
        if self.auth is not None and "authorization" in names:
            raise ValueError(say('give either "auth" or a header Authorization'))
        return self


class ThinkSpec(_Model):
    """``think: 2s`` or ``think: 1s to 3s`` (uniform)."""

    think: str | int | float
    """A time, or two of them for anything between. In no transaction's time."""

    @property
    def bounds_s(self) -> tuple[float, float]:
        if isinstance(self.think, str) and " to " in self.think:
            low, high = self.think.split(" to ", 1)
            return parse_duration(low), parse_duration(high)
        seconds = parse_duration(self.think)
        return seconds, seconds

    @model_validator(mode="after")
    def _well_formed(self) -> Self:
        try:
            low, high = self.bounds_s
        except ValueError:
            raise ValueError(
                say('think time is "2s", or "1s to 3s" for anything between')
            ) from None
        if low > high:
            raise ValueError(say("the first think time is above the second"))
        return self


class RendezvousSpec(_Model):
    """``rendezvous: checkout``: VUs wait here until enough have come."""

    rendezvous: Name
    """The point's name; what it waits for stands under ``rendezvous`` of the scenario."""


class CheckStepSpec(_Model):
    """A check on the answer to the request right before it."""

    check: CheckSpec
    """What that answer must be like."""


class ExtractStepSpec(_Model):
    """Values out of the answer to the request right before it."""

    extract: Extracts
    """By the name of the variable each becomes."""


class TransactionSpec(_Model):
    """What the user of the system would call one action, measured from its first step to its last.

    Think time, rendezvous wait and pause are left out of its time. A request in no transaction is
    one of its own.
    """

    transaction: Name
    """Its name in every table."""
    steps: Annotated[tuple[StepSpec, ...], Field(min_length=1)]
    """Steps of any kind, transactions among them."""


STEP_KINDS = ("request", "transaction", "think", "rendezvous", "check", "extract")


def _step_kind(value: Any) -> str | None:
    if isinstance(value, dict):
        return next((kind for kind in STEP_KINDS if kind in value), None)
    return next((kind for kind in STEP_KINDS if hasattr(value, kind)), None)


StepSpec = Annotated[
    Annotated[RequestSpec, Tag("request")]
    | Annotated[TransactionSpec, Tag("transaction")]
    | Annotated[ThinkSpec, Tag("think")]
    | Annotated[RendezvousSpec, Tag("rendezvous")]
    | Annotated[CheckStepSpec, Tag("check")]
    | Annotated[ExtractStepSpec, Tag("extract")],
    Discriminator(
        _step_kind,
        custom_error_type="step",
        custom_error_message=f"a step is one of {', '.join(STEP_KINDS)}",
    ),
]
Flow = Annotated[tuple[StepSpec, ...], Field(min_length=1)]


HTTP_VERSIONS = ("1.1", "2")
NO_PROXY = "none"
PROXY_SCHEMES = ("http", "https", "socks5")


def _version(value: Any) -> Any:
    """YAML takes 2 and 1.1 for numbers."""
    text = str(value).removesuffix(".0") if isinstance(value, int | float | str) else ""
    if isinstance(value, bool) or text not in HTTP_VERSIONS:
        raise ValueError(say("the HTTP version is 1.1 or 2"))
    return text


def _proxy(value: str) -> str:
    """Never repeats what was given: it may carry a password."""
    if value == NO_PROXY:
        return value
    right = say("a proxy is a URL such as http://host:3128, https://host:443, "
                "socks5://user:password@host:1080, or none")  # fmt: skip
    try:
        parts = urlsplit(value)
        is_well = parts.scheme in PROXY_SCHEMES and bool(parts.hostname) and bool(parts.port)
    except ValueError:
        is_well = False
    if not is_well or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError(right)
    if not value.isascii() or any(c.isspace() or not c.isprintable() for c in value):
        raise ValueError(right)
    return value


HttpVersion = Annotated[str, BeforeValidator(_version)]
ProxyUrl = Annotated[str, AfterValidator(_proxy)]


class GroupHttpSpec(_Model):
    """A group's own way to the target, over the scenario's."""

    version: HttpVersion | None = None
    """As in the scenario's ``http``."""
    proxy: ProxyUrl | None = None
    """As in the scenario's ``http``."""


class GroupSpec(_Model):
    """A group of users: how many VUs, or at which rate, and what they do.

    With ``vus`` alone each VU begins its next iteration when it has ended one. With a ``rate``
    iterations begin at that rate, whatever became of earlier ones.
    """

    flow: Name | None = None
    """The flow of the group's own name when left out."""
    vus: VuCount | None = None
    """1 when left out. With a rate, the ceiling: as many as arrive in a second, 10 to 1,000."""
    rate: Annotated[Rate, Field(gt=0)] | None = None
    """Open model: iterations begin at this rate, such as ``500/s``."""
    arrivals: Literal["constant", "poisson"] = "constant"
    """With a rate: evenly spaced, or at random."""
    ramp: str | None = None
    """``5 every 15s`` or ``to 200 over 2m``; of a rate, ``50/s every 30s`` or ``to 500/s over 2m``.
    All at once when left out."""
    start_after: Duration = 0.0
    """After the run's first VU."""
    iterations: Annotated[int, Field(ge=1)] | None = None
    """Each VU ends after this many."""
    http: GroupHttpSpec = GroupHttpSpec()
    """The group's own HTTP version and proxy."""

    @property
    def open(self) -> bool:
        """Iterations come at a rate; else each VU begins its own one after the other."""
        return self.rate is not None or (self.ramp is not None and is_rate_ramp(self.ramp))

    @property
    def curve(self) -> Ramp:
        """Of its VUs; in an open model they are there from the start."""
        if self.rate_curve is not None:
            one_second = max(LEAST_CEILING, min(MOST_CEILING, math.ceil(self.rate_curve.target)))
            return Ramp(0, self.vus or one_second)
        if self.ramp is not None:
            return parse_ramp(self.ramp, self.vus)
        return Ramp(0, self.vus or 1)

    @property
    def rate_curve(self) -> RateRamp | None:
        """Of its arrivals, in an open model."""
        if not self.open:
            return None
        if self.ramp is not None:
            return parse_rate_ramp(self.ramp, self.rate)
        return RateRamp(0.0, self.rate or 0.0)

    @model_validator(mode="after")
    def _ramp(self) -> Self:
        if self.curve.target < 1:
            raise ValueError(say("a group needs at least 1 VU"))
        return self

    @model_validator(mode="after")
    def _one_model(self) -> Self:
        if self.open and self.iterations is not None:
            raise ValueError(
                say("iterations are of VUs that ask by themselves: give either rate or iterations")
            )
        if not self.open and "arrivals" in self.model_fields_set:
            raise ValueError(say('arrivals need a "rate", such as "rate: 500/s"'))
        if self.rate_curve is not None and self.rate_curve.target <= 0:
            raise ValueError(say("ramp must end above 0, as in {forms}", forms=RATE_RAMP_FORMS))
        return self


_POLICY = re.compile(r"^\s*(?:(\d{1,3})\s*%\s*of\s*(all|running)|(\d+)|(manual))\s*$")


class PointSpec(_Model):
    """How many VUs a rendezvous waits for before it releases them by itself."""

    wait_for: str | int = "100% of all"
    """``100% of all`` (VUs of its groups), ``50% of running``, a number, or ``manual``."""
    timeout: Duration = 30.0
    """Releases whoever waits when nobody has come for this long; not with ``manual``."""
    on: bool = True
    """False: VUs pass it until a hand turns it on."""

    @property
    def policy(self) -> tuple[Literal["all", "running", "count", "manual"], int]:
        """Kind, and percent or count."""
        match = _POLICY.match(str(self.wait_for))
        if match is None or (match[1] and not 1 <= int(match[1]) <= 100) or match[3] == "0":
            raise ValueError(say('write "100% of all", "50% of running", a number, or manual'))
        if match[2]:
            return ("all" if match[2] == "all" else "running"), int(match[1])
        return ("count", int(match[3])) if match[3] else ("manual", 0)

    @model_validator(mode="after")
    def _policy(self) -> Self:
        _ = self.policy
        return self


class LimitSpec(_Model):
    """A limit with a rule of its own, where a bare number would take the default's."""

    limit: Annotated[float, Field(gt=0)]
    """Percent, or for ``load_1m`` the load average."""
    breach: Annotated[str, Field(pattern=r"^\s*\d+\s+of\s+\d+\s*$")] = "9 of 12"
    """How many of the last samples over the limit make a breach."""

    @property
    def rule(self) -> tuple[int, int]:
        over, of = (int(word) for word in self.breach.split("of"))
        return over, of

    @model_validator(mode="after")
    def _rule(self) -> Self:
        over, of = self.rule
        if not 1 <= over <= of <= 1000:
            raise ValueError(say('a breach is "9 of 12": the first number is at most the second'))
        return self


Limit = float | LimitSpec | Literal["off"]
LIMIT_METRICS = ("cpu_percent", "memory_percent", "disk_percent", "load_1m")
DEFAULT_LIMITS: dict[str, float] = {
    "cpu_percent": 75.0,
    "memory_percent": 75.0,
    "disk_percent": 80.0,
}


def _limits(value: dict[str, Limit]) -> dict[str, Limit]:
    for metric, limit in value.items():
        if metric.split(":", 1)[0] not in LIMIT_METRICS:
            raise ValueError(
                say(
                    "{metric!r} has no threshold; one of {metrics}",
                    metric=metric,
                    metrics=", ".join(LIMIT_METRICS),
                )
            )
        if isinstance(limit, float) and limit <= 0:
            raise ValueError(say("the limit of {metric} must be above 0", metric=metric))
    return value


Limits = Annotated[dict[str, Limit], AfterValidator(_limits)]


class ServerSpec(_Model):
    """A server under load: ``local: true`` or ``ssh: user@host:22``."""

    local: bool = False
    """True: the machine the run is on."""
    ssh: str | None = None
    """``user@host``, ``user@host:2222`` or a name of ``~/.ssh/config``."""
    identity: str | None = None
    """Private key file; the agent and the default keys are tried as well."""
    known_hosts: str | None = None
    """Instead of ``~/.ssh/known_hosts``."""
    every: Annotated[Duration, Field(ge=0.5, le=3600)] = 2.0
    """Between two samples."""
    disks: tuple[str, ...] | None = None
    """Mount points to watch; all real ones when left out."""
    thresholds: Limits = {}
    """The server's own, over the scenario's."""
    judged: bool = True
    """False: shown against its limits, but never part of the verdict."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.local == (self.ssh is not None):
            raise ValueError(say('a server is either "local: true" or "ssh: user@host"'))
        return self


class ObjectiveSpec(_Model):
    """A limit on what the users of the system feel, or on the mean of a server metric."""

    metric: Literal[
        "mean_ms", "p50_ms", "p90_ms", "p95_ms", "p99_ms", "max_ms",
        "pass_rate", "tps", "hits_per_s", "throughput_bytes_s", "server",
    ]  # fmt: skip
    """Times are of passed transactions; ``pass_rate`` is in percent."""
    of: str | None = None
    """A transaction's name, or ``web1/cpu_percent`` with metric ``server``; all when left out."""
    min: float | None = None
    """At least this, in the metric's unit."""
    max: float | None = None
    """At most this."""

    @model_validator(mode="after")
    def _one_limit(self) -> Self:
        if (self.min is None) == (self.max is None):
            raise ValueError(say('an objective has either "min" or "max"'))
        if self.metric == "server" and (self.of is None or "/" not in self.of):
            raise ValueError(say('name the server and its metric, such as "of: web1/cpu_percent"'))
        if self.metric in ("hits_per_s", "throughput_bytes_s") and self.of is not None:
            raise ValueError(
                say('{metric} is known over all only; leave out "of"', metric=self.metric)
            )
        return self


class HttpSpec(_Model):
    """What holds for every request, and how connections to the target are made."""

    timeout: Annotated[Duration, Field(gt=0)] = 30.0
    """From the moment a VU wants a request to the last byte of its answer."""
    connect_timeout: Annotated[Duration, Field(gt=0)] = 10.0
    """Name lookup, connecting and TLS handshake together."""
    headers: Headers = {}
    """Sent with every request."""
    auth: AuthSpec | None = None
    """Sent with every request that does not say otherwise."""
    max_redirects: Annotated[int, Field(ge=0, le=100)] = 10
    """Followed in a row for one step."""
    allowed_hosts: AllowedHosts = ()
    """Where redirects may lead besides the target's own origin and its https."""
    resolve: Literal["run", "vu"] = "run"
    """The target's name is looked up once in a run (by each injector), or once by each VU."""
    ip: Literal[4, 6] | None = None
    """The only kind of address to use; both, as the resolver orders them, when left out."""
    server_name: ServerName | None = None
    """The name asked for in TLS (SNI) and to be in the certificate, instead of the target's."""
    resume_tls: bool = False
    """False: every connection makes a full TLS handshake, as a new user's does."""
    insecure: bool = False
    """True: the target's certificate is not verified."""
    ca: str | None = None
    """A file of CA certificates to trust instead of the system's, relative to the scenario's."""
    cert: str | None = None
    """The client certificate's file."""
    key: str | None = None
    """Its private key's file, when it is not in ``cert``."""
    version: HttpVersion = "1.1"
    """``1.1`` or ``2``; 2 goes through the second engine."""
    proxy: ProxyUrl = NO_PROXY
    """``http``, ``https`` or ``socks5``, with user and password where the proxy wants them."""

    @model_validator(mode="after")
    def _one_login(self) -> Self:
        if self.auth is not None and "authorization" in {name.lower() for name in self.headers}:
            raise ValueError(say('give either "auth" or a header Authorization'))
        return self


DEMO_TARGET = "demo"
"""As a scenario's target: perfconsole starts its own demo target with the run."""


def _target(value: str) -> str:
    if value == DEMO_TARGET:
        return value
    try:
        parts = urlsplit(value)
        port_ok = parts.port is None or 0 < parts.port < 65536
    except ValueError:
        parts, port_ok = urlsplit(""), False
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_ok:
        raise ValueError(say("a target is a URL such as http://127.0.0.1:8080, or demo"))
    try:
        parts.hostname.encode("idna")
    except UnicodeError:
        raise ValueError(
            say("{hostname!r} cannot be a host's name", hostname=parts.hostname)
        ) from None
    if parts.username or parts.password:
        raise ValueError(
            say("no user or password in the target; send an Authorization header instead")
        )
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError(say("a target ends after host and port; paths belong in requests"))
    return f"{parts.scheme}://{parts.netloc}"


class Scenario(_Model):
    """The whole file. Files it names lie beside it."""

    name: Name
    """In the console and in every report."""
    target: Annotated[str, AfterValidator(_target)] | None = None
    """A URL without a path, or ``demo`` for the built-in target; needed as soon as there are
    groups."""
    duration: Annotated[Duration, Field(gt=0)] | None = None
    """Clock time from the first VU; else the run ends by hand, or with its iterations."""
    http: HttpSpec = HttpSpec()
    """What holds for all requests."""
    groups: dict[Name, GroupSpec] = {}
    """By name; needed unless there are servers to watch."""
    flows: dict[Name, Flow] = {}
    """By name: the steps of an iteration."""
    rendezvous: dict[Name, PointSpec] = {}
    """By name: what each point waits for, where the default will not do."""
    variables: dict[VariableName, Default] = {}
    """What ``${name}`` stands for at the beginning of each iteration."""
    data: dict[VariableName, DataSpec] = {}
    """Tables by name; ``${users.name}`` is a value of the row that the VU has."""
    servers: dict[Name, ServerSpec] = {}
    """By name: machines whose CPU, memory and disks stand beside the load."""
    thresholds: Limits = {}
    """Of ``cpu_percent`` (75), ``memory_percent`` (75), ``disk_percent`` (80; or of one mount,
    ``disk_percent:/var``) and ``load_1m``, over these defaults."""
    objectives: tuple[ObjectiveSpec, ...] = ()
    """What the verdict asks for; a pass rate of 99 % over all when left out."""

    @model_validator(mode="after")
    def _something_to_do(self) -> Self:
        if not self.groups and not self.servers:
            raise ValueError(say("the scenario is empty: give it groups, or servers to watch"))
        if self.groups and self.target is None:
            raise ValueError(say('groups need a "target", such as http://127.0.0.1:8080'))
        return self

    def flow_of(self, group: str) -> str:
        return self.groups[group].flow or group

    def http_version_of(self, group: str) -> str:
        return self.groups[group].http.version or self.http.version

    def proxy_of(self, group: str) -> str | None:
        """The URL, its password in it."""
        proxy = self.groups[group].http.proxy or self.http.proxy
        return None if proxy == NO_PROXY else proxy

    def limits_of(self, server: str) -> dict[str, LimitSpec]:
        """A server's thresholds: the defaults, the scenario's, its own; ``off`` ones removed."""
        merged: dict[str, Limit] = {**DEFAULT_LIMITS, **self.thresholds}
        merged |= self.servers[server].thresholds
        return {
            metric: limit if isinstance(limit, LimitSpec) else LimitSpec(limit=limit)
            for metric, limit in merged.items()
            if limit != "off"
        }
