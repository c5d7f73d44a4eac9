"""What a server has to tell besides its samples."""

from __future__ import annotations

import msgspec


class ProbeTold(msgspec.Struct, frozen=True, tag="probe_told"):
    """A probe has begun to fail, fails in another way, or works again."""

    server: str
    probe: str
    ok: bool
    detail: str = ""
    """With not ok: why, one line for a person; secrets are not masked yet."""


ServerNews = ProbeTold
