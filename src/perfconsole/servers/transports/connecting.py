"""The one place that chooses how a server is reached."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

from perfconsole.model.credentials import Credentials
from perfconsole.model.server_spec import ServerSpec
from perfconsole.servers.faults import Retry, ServerFault
from perfconsole.servers.lifeline import Lifeline
from perfconsole.servers.ssh.address import parse_address
from perfconsole.servers.ssh.hostconfig import HostConfig, host_config
from perfconsole.servers.stream import Open
from perfconsole.servers.transports.any_shell import by_command


@contextmanager
def connected(
    name: str, spec: ServerSpec, credentials: Credentials, life: Lifeline
) -> Iterator[Open]:
    """A connection to the server `name`; on leaving it is closed, with all that it ran.

    Connecting blocks until `life` is cut. Raises ServerFault.
    """
    with _way(name, spec, credentials, life) as start:
        yield start


def _way(
    name: str, spec: ServerSpec, credentials: Credentials, life: Lifeline
) -> AbstractContextManager[Open]:
    if spec.command is not None:
        return by_command(spec.command, life)
    config = _config(name, spec, credentials)
    if spec.transport == "openssh":
        from perfconsole.servers.transports.openssh import by_openssh

        return by_openssh(config, life)
    # paramiko takes 0.2 s to import: not in the loop, and not for a run without SSH.
    from perfconsole.servers.ssh.ssh_link import linked

    return linked(config, life)


def _config(name: str, spec: ServerSpec, credentials: Credentials) -> HostConfig:
    try:
        address = parse_address(spec.ssh or "")
    except ValueError as error:
        raise ServerFault(str(error), Retry.NEVER) from None
    agent = os.environ.get("SSH_AUTH_SOCK")
    config = host_config(address, spec.identity, spec.known_hosts, environ_agent=agent)
    return replace(
        config, pin=spec.pin, password=credentials.passwords.get(name),
        passphrases=credentials.passphrases,
    )  # fmt: skip
