"""Even shares of a group's VUs, less what hands have taken from single injectors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from perfconsole.model.shares import shares


@dataclass(slots=True)
class Lessened:
    """A VU that is stopped alone is missed where it was, and nowhere else.

    VUs that are wanted afterwards come there first, so that in the end all shares are even again.
    """

    _less: Counter[int] = field(default_factory=Counter)
    """How many fewer than the others an injector has."""

    def lessen(self, injector: int, by: int) -> None:
        if by:
            self._less[injector] += by

    def lost(self, injector: int) -> None:
        self._less.pop(injector, None)

    def raised(self, by: int) -> None:
        """So many more VUs are wanted, in all; fewer change nothing."""
        for injector, less in self._less.most_common():
            if by <= 0:
                return
            back = min(less, by)
            by -= back
            self._less[injector] -= back
        self._less += Counter()  # drops those at 0

    def shares(self, total: int, injectors: Sequence[int], offset: int) -> dict[int, int]:
        """As `model.shares.shares`; they add up to `total`."""
        less = {injector: self._less[injector] for injector in injectors}
        even = shares(total + sum(less.values()), injectors, offset)
        each = {injector: share - less[injector] for injector, share in even.items()}
        if all(share >= 0 for share in each.values()):
            return each
        rest = [injector for injector, share in each.items() if share >= 0]
        return dict.fromkeys(injectors, 0) | self.shares(total, rest, offset)
