"""TLS over bytes: however the network cuts them up, what was said comes out."""

from __future__ import annotations

import ssl

import pytest
import trustme
from hypothesis import given, settings
from hypothesis import strategies as st

from perfconsole.injector.tls import Tls

AUTHORITY = trustme.CA()


def client_context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    AUTHORITY.configure_trust(context)
    return context


CLIENT = client_context()
SERVER = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
AUTHORITY.issue_cert("shop.example").configure_cert(SERVER)


class Server:
    """The other side, on OpenSSL alone."""

    def __init__(self) -> None:
        self.bio_in, self.bio_out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.object = SERVER.wrap_bio(self.bio_in, self.bio_out, server_side=True)
        self.done = False

    def take(self, data: bytes) -> bytes:
        """Answers of the handshake."""
        self.bio_in.write(data)
        if not self.done:
            try:
                self.object.do_handshake()
                self.done = True
            except ssl.SSLWantReadError:
                pass
        return self.bio_out.read()

    def say(self, data: bytes) -> bytes:
        self.object.write(data)
        return self.bio_out.read()

    def heard(self) -> bytes:
        return self.object.read(2**20)


def cut(data: bytes, sizes: list[int]) -> list[bytes]:
    pieces = []
    for size in sizes:
        pieces.append(data[:size])
        data = data[size:]
    return [piece for piece in [*pieces, data] if piece]


def shaken(sizes: list[int]) -> tuple[Tls, Server]:
    """Both after a handshake of which the client gets every flight in pieces of `sizes`."""
    client, server = Tls(CLIENT, "shop.example", None), Server()
    to_server = client.hello()
    for _ in range(5):
        for piece in cut(server.take(to_server), sizes):
            assert client.take(piece) == b""
        to_server = client.answer()
        if server.done and not to_server:
            break
    assert client.established
    return client, server


few_sizes = st.lists(st.integers(1, 3000), max_size=20)


@given(few_sizes, st.lists(st.binary(min_size=1, max_size=40_000), max_size=4), few_sizes)
@settings(max_examples=60)
def test_what_was_said_comes_out(handshake, said, sizes) -> None:
    client, server = shaken(handshake)
    server.take(client.encrypt(b"question"))
    assert server.heard() == b"question"
    wire = b"".join(server.say(text) for text in said)
    assert b"".join(client.take(piece) for piece in cut(wire, sizes)) == b"".join(said)
    assert not client.closed


def test_a_farewell_is_heard_and_said() -> None:
    client, server = shaken([])
    with pytest.raises(ssl.SSLWantReadError):
        server.object.unwrap()
    assert client.take(server.bio_out.read()) == b""
    assert client.closed
    server.bio_in.write(client.farewell())
    server.object.unwrap()


@given(st.binary(min_size=1, max_size=200))
@settings(max_examples=100)
def test_garbage_is_an_error_or_waited_for(garbage) -> None:
    client = Tls(CLIENT, "shop.example", None)
    client.hello()
    try:
        assert client.take(garbage) == b""
    except ssl.SSLError:
        return
    assert not client.established


def test_a_record_that_says_it_is_huge_is_no_record() -> None:
    client, _ = shaken([])
    with pytest.raises(ssl.SSLError):
        client.take(b"\x17\x03\x03\xff\xff" + b"x" * 10)


def test_another_name_is_refused() -> None:
    client, server = Tls(CLIENT, "other.example", None), Server()
    with pytest.raises(ssl.SSLCertVerificationError):
        client.take(server.take(client.hello()))
    assert client.answer(), "the alert that says so"
