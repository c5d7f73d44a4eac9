"""``perfconsole schema``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(short_help="Print the JSON Schema of scenarios, for editors.")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), metavar="FILE", help="Write it here instead."
)
def schema(out: Path | None) -> int:
    """Print the JSON Schema of a scenario file.

    Editors that know it complete keys and show what they mean: begin a scenario with
    "# yaml-language-server: $schema=scenario.schema.json".
    """
    import json

    from perfconsole.cli.complaint import Complaint
    from perfconsole.scenario.json_schema import json_schema
    from perfconsole.texts import say

    text = json.dumps(json_schema(), indent=2, ensure_ascii=False)
    if out is None:
        click.echo(text)
        return 0
    try:
        out.write_text(f"{text}\n", encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Complaint(
            say("{file}: cannot be written: {reason}", file=out, reason=reason)
        ) from None
    return 0
