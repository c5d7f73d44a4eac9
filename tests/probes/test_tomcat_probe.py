"""The probe of Tomcat, against a real one with its manager."""

from __future__ import annotations

import shutil
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.model.ready_probes import TomcatProbe
from perfconsole.servers.probes.ask import Unreadable
from perfconsole.servers.probes.ready.tomcat_probe import Pages, asks, pages, read_jmx

HOME = Path("/usr/share/tomcat10")
MANAGER = Path("/usr/share/tomcat10-admin/manager")
PASSWORD = 's3cr3t "of\\anna'
MOST_THREADS = 10
MOST_CONNECTIONS = 40
SERVER = f"""\
<Server port="-1">
  <Listener className="org.apache.catalina.mbeans.GlobalResourcesLifecycleListener"/>
  <Service name="Catalina">
    <Connector port="{{port}}" address="127.0.0.1" protocol="HTTP/1.1"
               maxThreads="{MOST_THREADS}" maxConnections="{MOST_CONNECTIONS}"/>
    <Engine name="Catalina" defaultHost="localhost">
      <Realm className="org.apache.catalina.realm.MemoryRealm"/>
      <Host name="localhost" appBase="webapps"/>
    </Engine>
  </Service>
</Server>
"""
UNSCANNED = """\
<JarScanner><JarScanFilter defaultTldScan="false" defaultPluggabilityScan="false"/></JarScanner>"""
MANAGER_APP = f'<Context docBase="{MANAGER}" privileged="true">{UNSCANNED}</Context>'
USERS = """\
<tomcat-users>
  <user name="monitor" password="{password}" roles="manager-status,manager-jmx"/>
  <user name="half" password="{password}" roles="manager-status"/>
  <user name="nobody" password="{password}" roles="other"/>
</tomcat-users>
"""
APP = """\
<web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0">
  <servlet><servlet-name>waiting</servlet-name><servlet-class>Waiting</servlet-class></servlet>
  <servlet-mapping><servlet-name>waiting</servlet-name><url-pattern>/</url-pattern>
  </servlet-mapping>
</web-app>
"""


@dataclass(frozen=True)
class Tomcat:
    port: int

    @property
    def connector(self) -> str:
        return f"http-nio-127.0.0.1-{self.port}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/manager"


@pytest.fixture(scope="module")
def tomcat(tmp_path_factory, eventually) -> Iterator[Tomcat]:
    if not MANAGER.is_dir() or not all(map(shutil.which, ("java", "javac", "curl"))):
        pytest.skip("there is no Tomcat here (Debian: tomcat10-admin, curl)")
    base = tmp_path_factory.mktemp("tomcat")
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    escaped = PASSWORD.replace('"', "&quot;")
    files = {
        "conf/server.xml": SERVER.format(port=port),
        "conf/tomcat-users.xml": USERS.format(password=escaped),
        "conf/web.xml": "<web-app/>",
        "conf/context.xml": f"<Context>{UNSCANNED}</Context>",
        "conf/Catalina/localhost/manager.xml": MANAGER_APP,
        "webapps/ROOT/WEB-INF/web.xml": APP,
    }
    for name, text in files.items():
        (base / name).parent.mkdir(parents=True, exist_ok=True)
        (base / name).write_text(text)
    for folder in ("logs", "temp", "work", "webapps/ROOT/WEB-INF/classes"):
        (base / folder).mkdir()
    source = Path(__file__).with_name("Waiting.java")
    subprocess.run(["javac", "-cp", HOME / "lib/servlet-api.jar", "-d",
                    base / "webapps/ROOT/WEB-INF/classes", source], check=True)  # fmt: skip
    command = ["java", "-Xmx128m", "-XX:TieredStopAtLevel=1", "-cp",
               f"{HOME}/bin/bootstrap.jar:{HOME}/bin/tomcat-juli.jar", f"-Dcatalina.home={HOME}",
               f"-Dcatalina.base={base}", f"-Djava.io.tmpdir={base}/temp",
               "org.apache.catalina.startup.Bootstrap", "start"]  # fmt: skip
    with (base / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        eventually(lambda: b"Server startup in" in (base / "log").read_bytes()
                   or process.poll() is not None, 60)  # fmt: skip
        assert process.poll() is None, (base / "log").read_text()
        yield Tomcat(port)
    finally:
        process.kill()
        process.wait()


def settings(tomcat: Tomcat, user: str = "monitor", **changes: object) -> TomcatProbe:
    login = {"auth": {"basic": f"{user}:{PASSWORD}"}}
    return TomcatProbe.model_validate({"use": "tomcat", "url": tomcat.url, **login, **changes})


@pytest.fixture
def read(tomcat, answer):
    """The next reading of one probe."""
    (ask,) = asks(settings(tomcat))
    return lambda: answer(ask)


@pytest.fixture
def occupy(tomcat) -> Iterator[None]:
    """Begin a request that keeps a thread, until its last byte is sent."""
    with ExitStack() as life:

        def begin() -> socket.socket:
            client = life.enter_context(
                closing(socket.create_connection(("127.0.0.1", tomcat.port)))
            )
            client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n.")
            return client

        yield begin


def test_threads_that_are_busy(tomcat, read, occupy, eventually):
    idle = read()
    assert idle.gauges[f"threads_busy:{tomcat.connector}"] == 1  # the request that asks
    clients = [occupy() for _ in range(4)]
    gauges = eventually(lambda: _with(read().gauges, f"threads_busy:{tomcat.connector}", 5))
    assert gauges[f"threads_percent:{tomcat.connector}"] == 100 * 5 / MOST_THREADS
    assert gauges[f"threads:{tomcat.connector}"] == MOST_THREADS
    for client in clients:
        client.sendall(b".")
        assert client.recv(20).startswith(b"HTTP/1.1 200")
    after = eventually(lambda: _risen(read(), idle, f"requests_s:{tomcat.connector}", 4))
    assert after.counters[f"received_bytes_s:{tomcat.connector}"] > 0
    assert after.lacks == ""


def test_connections_whatever_they_do(tomcat, read, eventually):
    name = f"connections:{tomcat.connector}"
    before = eventually(lambda: _same(read().gauges[name], read().gauges[name]))
    with ExitStack() as life:
        for _ in range(6):
            life.enter_context(closing(socket.create_connection(("127.0.0.1", tomcat.port))))
        gauges = eventually(lambda: _with(read().gauges, name, before + 6))
    assert gauges[f"connections_percent:{tomcat.connector}"] == pytest.approx(
        100 * (before + 6) / MOST_CONNECTIONS
    )


def test_memory(read):
    gauges = read().gauges
    assert 5e6 < gauges["heap_used_bytes"] < 128 * 2**20
    assert gauges["heap_percent"] == pytest.approx(100 * gauges["heap_used_bytes"] / (128 * 2**20))


def test_errors_and_how_long_requests_take(tomcat, read, eventually):
    before = read()
    with pytest.raises(HTTPError):
        urllib.request.urlopen(f"http://127.0.0.1:{tomcat.port}/", timeout=30)  # no GET
    reading = eventually(lambda: _risen(read(), before, f"errors_s:{tomcat.connector}", 1))
    assert f"request_mean_ms:{tomcat.connector}" not in before.gauges
    assert reading.gauges[f"request_mean_ms:{tomcat.connector}"] >= 0


def test_all_that_it_says_it_measures(tomcat, read):
    read()
    reading = read()
    told = {*reading.gauges, *reading.counters}
    assert {name.partition(":")[0] for name in told} == set(settings(tomcat).measured())


@pytest.mark.parametrize("ask_from", ["server", "here"])
async def test_in_the_samples_of_a_server(tomcat, sampled, ask_from):
    probe = settings(tomcat, every=0.5, ask_from=ask_from)
    names = [f"{kind}:{tomcat.connector}" for kind in ("threads_percent", "connections")]
    metrics = await sampled(probe, *names, "heap_percent")
    assert 0 < metrics["it.heap_percent"] < 100


def test_from_here(tomcat):
    status, jmx = pages(settings(tomcat, ask_from="here"))
    assert asks(settings(tomcat, ask_from="here")) == pages(settings(tomcat)) == ()
    gauges = {**_page(status).gauges, **_page(jmx).gauges}
    assert gauges[f"threads_busy:{tomcat.connector}"] == 1
    assert gauges[f"connections:{tomcat.connector}"] >= 1


def test_without_connections_no_more_than_the_status_page_is_asked_for(tomcat, answer):
    (ask,) = asks(settings(tomcat, "half", connections=False))
    reading = answer(ask)
    assert reading.lacks == "" and f"connections:{tomcat.connector}" not in reading.gauges
    assert len(pages(settings(tomcat, ask_from="here", connections=False))) == 1


def test_a_user_without_a_role_is_told_which(tomcat, answer):
    reading = answer(asks(settings(tomcat, "half"))[0])
    assert "the user needs the role manager-jmx" in reading.lacks
    assert "heap_percent" in reading.gauges


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"user": "nobody"}, "the user needs the role manager-status"),
        ({"user": "stranger"}, "Tomcat's manager does not take this user and password"),
        ({"auth": None}, "Tomcat's manager does not take this user and password"),
        ({"url": "http://127.0.0.1:{port}/elsewhere"}, "Tomcat"),
        ({"url": "http://127.0.0.1:1/manager"}, "curl says: curl: (7)"),
    ],
)
def test_what_the_manager_refuses_is_one_line(tomcat, answer, changes, says):
    if "url" in changes:
        changes = {"url": changes["url"].format(port=tomcat.port)}
    with pytest.raises(Unreadable) as caught:
        answer(asks(settings(tomcat, **changes))[0])
    assert says in str(caught.value) and "\n" not in str(caught.value)


def test_no_login_stands_on_the_command_line(tomcat):
    put_in = {"headers": {"X-Key": 'q"\\\nurl = "file:///etc/passwd'}}
    (ask,) = asks(settings(tomcat).model_copy(update=put_in))
    assert ask.argv == ("curl", "--disable", "--config", "-")
    assert r'header = "X-Key: q\"\\\nurl = \"file:///etc/passwd"' in ask.stdin.splitlines()


def test_another_page_is_no_status():
    for page in ("<html><body>log in</body></html>", "", "<status", "{}"):
        with pytest.raises(Unreadable, match="no status page of Tomcat"):
            Pages()(f"{page}\n#200\n")


WHOLE = (
    "#200", "#403", "#000", "<status>", "</status>",
    "<jvm><memory free='1' total='9' max='0'/></jvm>",
    "<connector name='a'><threadInfo currentThreadsBusy='-1' maxThreads='-1'/></connector>",
    "OK - x", "Name: C:type=ThreadPool,name=a", "connectionCount: 3", "maxConnections: -1",
)  # fmt: skip


@given(st.lists(st.lists(st.sampled_from(WHOLE) | st.text()).map("\n".join)))
def test_any_answers_are_read_or_refused(texts):
    read = Pages()
    for text in texts:
        for parse in (read, read_jmx):
            with suppress(Unreadable):
                assert all(value >= 0 for value in parse(text).gauges.values())


def _page(ask):
    request = urllib.request.Request(ask.url, headers=dict(ask.headers))
    with urllib.request.urlopen(request, timeout=30) as page:
        return ask.parse(page.read().decode())


def _with(gauges, name, value):
    return gauges if gauges[name] == value else None


def _same(one, other):
    return one if one == other else None


def _risen(now, before, name, by):
    return now if now.counters[name] >= before.counters[name] + by else None
