"""``perfconsole hosts trust HOST``."""

from __future__ import annotations

import sys

import click

from perfconsole.cli.complaint import Complaint
from perfconsole.texts import say


@click.group(short_help="SSH host keys.")
def hosts() -> None:
    """The SSH host keys of the servers to watch."""


@hosts.command(short_help="Show a server's key and accept it.")
@click.argument("host", metavar="HOST[:PORT]")
@click.option("--fingerprint", metavar="SHA256:...", help="Accept only this key, without asking.")
@click.option("--known-hosts", metavar="FILE", help="Instead of ~/.ssh/known_hosts.")
@click.option("--yes", is_flag=True, help="Accept without asking.")
def trust(host: str, fingerprint: str | None, known_hosts: str | None, yes: bool) -> int:
    """Show the key that HOST presents and, if you say yes, add it to known_hosts."""
    from perfconsole.servers.faults import ServerFault
    from perfconsole.servers.ssh.trust import Next, TrustRefused
    from perfconsole.servers.ssh.trust import trust as offered

    try:
        offer = offered(host, known_hosts, fingerprint)
        click.echo(offer.said)
        if offer.next is Next.NOTHING:
            return 0
        if offer.next is Next.ASK and not yes:
            if not sys.stdin.isatty():
                raise Complaint(_nobody_to_ask(offer.key.fingerprint))
            click.confirm(
                say("Is this the fingerprint that the server's owner told you? Add it?"),
                default=False,
                abort=True,
            )
        click.echo(offer.accept())
    except ServerFault as fault:
        raise Complaint(fault, 3) from None
    except (TrustRefused, ValueError) as refusal:
        raise Complaint(refusal) from None
    except OSError as error:
        raise Complaint(
            say("cannot change known_hosts: {why}", why=error.strerror or error), 3
        ) from None
    return 0


def _nobody_to_ask(fingerprint: str) -> str:
    return say(
        "no terminal to ask on, nothing was added; if the server's owner told you this key, "
        "accept it with --fingerprint {fingerprint}",
        fingerprint=fingerprint,
    )
