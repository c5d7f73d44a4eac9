"""Load over TLS: whom it trusts, and how it says that it does not."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl

import msgspec
import pytest
import trustme


def refuse(listener: socket.socket, context: ssl.SSLContext, connections: int) -> None:
    """Fail as many handshakes with an alert, as OpenSSL's servers do and asyncio's do not."""
    for _ in range(connections):
        accepted, _ = listener.accept()
        tls = context.wrap_socket(accepted, server_side=True, do_handshake_on_connect=False)
        with contextlib.suppress(ssl.SSLError):
            tls.do_handshake()
        with socket.socket(fileno=tls.detach()) as plain:
            plain.shutdown(socket.SHUT_WR)
            while plain.recv(65536):
                pass


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
async def tls_target(target, authority):
    await target.stop()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    await target.start(context)
    return target


async def outcome(injector, until) -> dict[str, int]:
    await injector.vus(2)
    await until(lambda: injector.iterations()[0] == 4)
    await injector.finish()
    injector.assert_counts_add_up()
    return dict(injector.errors)


async def test_a_trusted_certificate(tls_target, authority, begin, plan_for, step, until) -> None:
    with authority.cert_pem.tempfile() as ca:
        maker = plan_for(tls_target.port, host="localhost", scheme="https", ca_file=ca)
        maker.iterations = 2
        injector = await begin(maker.of(g=[step(), step("/b", "POST", body=b"x" * 100_000)]))
        assert await outcome(injector, until) == {}
    assert len(tls_target.seen) == 8
    assert tls_target.connections == 2


async def test_what_was_read_and_dropped_is_a_failure(
    tls_target, begin, plan_for, step, until
) -> None:
    async def script(seen, writer):
        if seen.path == "/a":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        else:
            writer.close()

    tls_target.script = script
    maker = plan_for(tls_target.port, scheme="https", verify=False, iterations=2)
    injector = await begin(maker.of(g=[step("/a"), step("/b")]))
    assert await outcome(injector, until) == {"GET /b: closed before the answer": 4}
    assert len(tls_target.seen) == injector.total("requests") == 8


async def test_a_wrong_name(tls_target, authority, begin, plan_for, step, until) -> None:
    with authority.cert_pem.tempfile() as ca:
        maker = plan_for(tls_target.port, scheme="https", ca_file=ca, iterations=2)
        injector = await begin(maker.of(g=[step("/a")]))
        errors = await outcome(injector, until)
    assert not tls_target.seen
    ((kind, count),) = errors.items()
    assert count == 4
    assert kind.startswith("GET /a: TLS: ")
    assert "127.0.0.1" not in kind


async def test_an_unknown_authority(tls_target, begin, plan_for, step, until) -> None:
    maker = plan_for(tls_target.port, host="localhost", scheme="https", iterations=2)
    injector = await begin(maker.of(g=[step("/a")]))
    assert await outcome(injector, until) == {
        "GET /a: TLS: unable to get local issuer certificate": 4
    }


async def test_a_server_that_wants_a_certificate(
    target, authority, begin, plan_for, step, until
) -> None:
    await target.stop()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    await target.start(context)
    mine = authority.issue_cert("vu@example.org").private_key_and_cert_chain_pem
    with authority.cert_pem.tempfile() as ca, mine.tempfile() as cert:
        how = {"host": "localhost", "scheme": "https", "ca_file": ca, "iterations": 2}
        injector = await begin(plan_for(target.port, cert_file=cert, **how).of(g=[step("/a")]))
        assert await outcome(injector, until) == {}
        assert len(target.seen) == 4
        with socket.create_server(("127.0.0.1", 0)) as strict:
            refused = asyncio.create_task(asyncio.to_thread(refuse, strict, context, 4))
            maker = plan_for(strict.getsockname()[1], **how)
            injector = await begin(maker.of(g=[step("/a")]))
            errors = await outcome(injector, until)
            await refused
    assert errors == {"GET /a: TLS: tlsv13 alert certificate required": 4}


async def test_not_verified(tls_target, begin, plan_for, step, until) -> None:
    maker = plan_for(tls_target.port, scheme="https", verify=False, iterations=2)
    injector = await begin(maker.of(g=[step("/a")]))
    assert await outcome(injector, until) == {}


async def test_a_server_that_speaks_no_tls(target, begin, plan_for, step, until) -> None:
    maker = plan_for(target.port, scheme="https", verify=False, iterations=2)

    injector = await begin(maker.of(g=[step("/a", timeout_s=1.0)]))
    (kind,) = await outcome(injector, until)
    assert kind in {"GET /a: timeout: TLS handshake", "GET /a: TLS: wrong version number"}


async def test_files_that_are_none(target, begin, plan_for, step) -> None:
    for named in ({"ca_file": "/nowhere/ca.pem"}, {"cert_file": "/nowhere/cert.pem"}):
        injector = await begin(plan_for(target.port, scheme="https", **named).of(g=[step()]))
        assert await injector.process.wait() == 1
        await injector.eof.wait()
        (trouble,) = injector.troubles
        assert trouble.startswith(next(iter(named.values())))


async def test_many_vus(tls_target, begin, plan_for, step, think, until) -> None:
    maker = plan_for(tls_target.port, scheme="https", verify=False)
    injector = await begin(maker.of(g=[step("/a"), think(0.2)]))
    await injector.vus(150)
    await until(lambda: len(tls_target.seen) > 300)
    await injector.vus(0)
    await until(lambda: tls_target.open == 0)
    await injector.finish()
    injector.assert_counts_add_up()
    assert not injector.errors
    assert injector.total("requests") == len(tls_target.seen)


@pytest.mark.parametrize("told", [False, True])
async def test_sessions_are_taken_up_when_told(
    tls_target, begin, plan_for, step, until, told
) -> None:
    """Each iteration opens a connection of its own."""
    resumed: list[bool] = []

    async def close_after(_seen, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        resumed.append(writer.get_extra_info("ssl_object").session_reused)

    tls_target.script = close_after
    maker = plan_for(tls_target.port, scheme="https", host="localhost", iterations=3, verify=False)
    plan = maker.of(g=[step("/")])
    told_so = msgspec.structs.replace(plan.target, resume_tls=told)
    injector = await begin(msgspec.structs.replace(plan, target=told_so))
    await injector.vus(1)
    await until(lambda: injector.iterations()[0] == 3)
    await injector.finish()
    assert resumed == [False, told, told]
    assert not injector.errors
