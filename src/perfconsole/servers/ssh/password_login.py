"""Logging in with a password, by whichever of the two ways the server takes it."""

from __future__ import annotations

import threading

import paramiko
from paramiko.ssh_exception import PartialAuthentication

from perfconsole.servers.faults import ServerFault
from perfconsole.servers.ssh.hostconfig import HostConfig
from perfconsole.servers.ssh.login_words import named, wrong_password
from perfconsole.texts import say


def broke_off(config: HostConfig) -> ServerFault:
    return ServerFault(say("{where} broke off at login", where=config.where))


def by_password(
    transport: paramiko.Transport, config: HostConfig, password: str, timeout_s: float
) -> str:
    """Try it once; why the server did not take it, if it did not. Raises ServerFault when the
    connection ended."""
    error = _tried(transport, config, timeout_s, password)
    if isinstance(error, paramiko.BadAuthenticationType):
        if "keyboard-interactive" not in error.allowed_types:
            return say("it takes no password, it asks for {methods}",
                       methods=named(error.allowed_types))  # fmt: skip
        error = _answered(transport, config, password)
    if isinstance(error, PartialAuthentication):
        return say("it took the password and asks for {methods} besides",
                   methods=named(error.allowed_types))  # fmt: skip
    if isinstance(error, EOFError | OSError):
        raise broke_off(config)
    return wrong_password()


def _tried(
    transport: paramiko.Transport, config: HostConfig, timeout_s: float, password: str
) -> Exception | None:
    done = threading.Event()
    try:
        transport.auth_password(config.user, password, event=done, fallback=False)
    except (paramiko.SSHException, OSError, EOFError) as error:
        return EOFError() if not transport.is_active() else error
    done.wait(timeout_s)
    return transport.get_exception()


def _answered(transport: paramiko.Transport, config: HostConfig, password: str) -> Exception | None:
    """Each hidden question with the password; a second round of them is for something else."""
    rounds = 0

    def answers(title: str, instructions: str, prompts: list[tuple[str, bool]]) -> list[str]:
        nonlocal rounds
        rounds += bool(prompts)
        return ["" if shown or rounds > 1 else password for _, shown in prompts]

    try:
        transport.auth_interactive(config.user, answers)
    except (paramiko.SSHException, OSError, EOFError) as error:
        return error
    return None
