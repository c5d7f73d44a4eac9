"""The one place through which every sentence for a person goes.

Sentences are written in English where they are used, as templates; `say` looks
up a translation (gettext domain ``perfconsole``) and fills in the values.
"""

from __future__ import annotations

import gettext
from functools import cache


@cache
def _catalogue() -> gettext.NullTranslations:
    return gettext.translation("perfconsole", fallback=True)


def say(template: str, /, **values: object) -> str:
    """The sentence for a person, in their language, with `values` in its `{names}`."""
    sentence = _catalogue().gettext(template)
    return sentence.format(**values) if values else sentence


def some_vus(n: float) -> str:
    """``1 VU``, ``5,000 VUs``."""
    return say("1 VU") if n == 1 else say("{n:,} VUs", n=int(n) if n == int(n) else n)
