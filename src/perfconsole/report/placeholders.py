"""References to the environment in place of the secrets that a journal does not have."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from perfconsole.scenario.interpolation import literal
from perfconsole.scenario.masking import LOGIN_COLON
from perfconsole.scenario.problems import KeyPath, where
from perfconsole.scenario.secret_mark import MASK
from perfconsole.scenario.zones import Zone, zone_of
from perfconsole.texts import say

_MASK = re.escape(MASK)
_LOGIN = re.compile(rf"(://[^\s/?#@:]*:)?{_MASK}@")
_BOTH = re.compile(rf"(?<=://){_MASK}@")
_NAMED = re.compile(rf"""([\w.%-]+)(["']?\s*[=:>]\s*["']?(?:\w+\s+)?){_MASK}""")
_MOST_PLACES = 3


@dataclass(slots=True)
class Placeholders:
    environment: dict[str, str] = field(default_factory=dict)
    """Names that are to be set, and what each stands for."""
    lost: list[str] = field(default_factory=list)
    """Places of secrets that nothing can be put into."""
    _places: dict[str, list[str]] = field(default_factory=dict)

    def put(self, tree: dict[str, Any]) -> dict[str, Any]:
        """`tree`, masked, as it can be loaded again."""
        whole: dict[str, Any] = self._in(tree, ())
        for name, places in self._places.items():
            shown = ", ".join(places[:_MOST_PLACES])
            more = len(places) - _MOST_PLACES
            if more > 0:
                shown = say("{some} and {n} more places", some=shown, n=more)
            if len(places) > 1:
                shown = say("{places}; if these were several secrets, write one name for each",
                            places=shown)  # fmt: skip
            self.environment[name] = shown
        return whole

    def _in(self, value: Any, path: KeyPath) -> Any:
        if isinstance(value, dict):
            return {key: self._in(each, (*path, key)) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self._in(each, (*path, n)) for n, each in enumerate(value)]
        return self._text(value, path) if isinstance(value, str) else value

    def _text(self, text: str, path: KeyPath) -> str:
        zone = zone_of(path)
        if zone is Zone.AT_LOAD:
            if text == MASK:
                self.lost.append(where(path))
            return literal(text)
        if MASK not in text:
            return text
        if path[0] in ("before", "after"):
            return self._filled(text, path, "${{{name}}}".format)
        if zone is Zone.NEVER and "variables" not in path:
            self.lost.append(where(path))
            return text
        return self._filled(text, path, "${{env:{name}}}".format)

    def _filled(self, text: str, path: KeyPath, written: Callable[..., str]) -> str:
        def reference(name: str) -> str:
            named = _environment_name(name)
            self._places.setdefault(named, []).append(where(path))
            return written(name=named)

        own = next(str(part) for part in reversed(path) if isinstance(part, str))
        if path[-1] == "basic":
            user, *word = LOGIN_COLON.split(text, maxsplit=1)
            user = user.replace(MASK, reference("LOGIN_USER")) if MASK in user else user
            word = [part.replace(MASK, reference("LOGIN_PASSWORD")) if MASK in part else part
                    for part in word]  # fmt: skip
            return ":".join([user, *word])
        text = _BOTH.sub(
            lambda _: f"{reference(f'{own}_user')}:{reference(f'{own}_password')}@", text
        )
        text = _LOGIN.sub(lambda m: f"{m[1] or ''}{reference(f'{own}_password')}@", text)
        text = _NAMED.sub(lambda m: f"{m[1]}{m[2]}{reference(m[1])}", text)
        while MASK in text:
            text = text.replace(MASK, reference(own), 1)
        return text


def _environment_name(name: str) -> str:
    """``X-Api-Key`` as ``X_API_KEY``."""
    words = "".join(c if c.isascii() and c.isalnum() else "_" for c in name.upper()).strip("_")
    return f"_{words}" if words[:1].isdigit() else words or "SECRET"
