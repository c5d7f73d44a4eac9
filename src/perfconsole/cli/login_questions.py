"""Passphrases and passwords for a run's servers: asked for before it starts, never during it."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from perfconsole.cli.complaint import Complaint
from perfconsole.model.credentials import Credentials
from perfconsole.model.scenario import Scenario
from perfconsole.scenario.variables import ENVIRONMENT
from perfconsole.texts import say

if TYPE_CHECKING:
    from perfconsole.servers.transports.wanted import Wanted

TRIES = 3


def credentials_for(scenario: Scenario, values: Mapping[str, str]) -> Credentials:
    """What the servers of `scenario` need; `values` holds what it takes from the environment.

    Each key and each login is asked for once, on the terminal. Raises Complaint.
    """
    if all(server.ssh is None for server in scenario.servers.values()):
        return Credentials()
    from perfconsole.servers.transports.wanted import wanted

    passwords = dict(_of_environment(scenario, values))
    found = wanted(scenario.servers)
    if (found.passphrases or found.passwords) and not _has_terminal():
        _do_without(found)
        return Credentials({}, passwords)
    passphrases = {
        str(path): passphrase
        for path, names in found.passphrases.items()
        if (passphrase := _passphrase(path, names))
    }
    for login, names in found.passwords.items():
        password = _hidden(say("password of {login} ({for_}): ", login=login, for_=_list(names)))
        if not password:  # one try with none is one towards a locked account
            raise Complaint(say("servers.{name}.password: none was typed", name=names[0]))
        passwords |= dict.fromkeys(names, password)
    return Credentials(passphrases, passwords)


def _of_environment(scenario: Scenario, values: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    for name, server in scenario.servers.items():
        variable = server.password_variable
        if variable is None:
            continue
        if not (password := values.get(ENVIRONMENT + variable)):
            raise Complaint(
                say('servers.{name}.password: the environment has no "{variable}"; set it where '
                    "perfconsole is started", name=name, variable=variable)
            )  # fmt: skip
        yield name, password


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def _do_without(found: Wanted) -> None:
    """A locked key leaves its servers out of reach, which the run tells; a password that is to be
    asked for is a mistake where nobody can be asked."""
    for names in found.passwords.values():
        raise Complaint(
            say("servers.{name}.password: there is no terminal to ask for it on; take it from the "
                "environment: password: ${{env:NAME}}", name=names[0])
        )  # fmt: skip
    for path, names in found.passphrases.items():
        click.echo(
            say("{path} is locked, and there is no terminal to ask for its passphrase on; "
                "{servers} may need it: ssh-add {path}", path=path, servers=_list(names)),
            err=True,
        )  # fmt: skip


def _passphrase(path: Path, names: list[str]) -> str:
    """Empty: the key is not to be used."""
    question = say(
        "passphrase of {path} ({for_}; empty: go without): ", path=path, for_=_list(names)
    )
    for _ in range(TRIES):
        passphrase = _hidden(question)
        if not passphrase or _unlocks(path, passphrase):
            return passphrase
        click.echo(say("that does not unlock it"), err=True)
    raise Complaint(say("{path} stays locked", path=path))


def _unlocks(path: Path, passphrase: str) -> bool:
    from perfconsole.servers.ssh.private_key import load_key

    try:
        load_key(path, passphrase)
    except ValueError:
        return False
    except Exception:  # a kind of key that only ssh itself can use: it is for ssh to say
        return True
    return True


def _hidden(question: str) -> str:
    try:
        return getpass.getpass(question)
    except EOFError:
        return ""
    except KeyboardInterrupt:
        raise click.Abort from None


def _list(names: list[str]) -> str:
    return ", ".join(names[:4]) + (", ..." if len(names) > 4 else "")
