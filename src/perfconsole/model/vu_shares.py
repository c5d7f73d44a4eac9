"""VUs shared by proportion, in whole numbers that add up."""

from __future__ import annotations

from collections.abc import Mapping

from perfconsole.texts import say


class ShareError(ValueError):
    """The shares do not add up; str() says why."""


def shared(total: int, weights: Mapping[str, float]) -> dict[str, int]:
    """`total` by `weights` (all above 0), largest remainders first, at least 1 for each.

    `total` is at least the number of weights.
    """
    whole = sum(weights.values())
    exact = {name: total * weight / whole for name, weight in weights.items()}
    counts = {name: max(1, int(share)) for name, share in exact.items()}
    while sum(counts.values()) < total:
        counts[max(counts, key=lambda name: exact[name] - counts[name])] += 1
    while sum(counts.values()) > total:
        able = [name for name in counts if counts[name] > 1]
        counts[min(able, key=lambda name: exact[name] - counts[name])] -= 1
    return counts


def shares_of(total: int | None, percents: Mapping[str, float]) -> dict[str, int]:
    """VUs of groups by their percents of `total`; they add up to the sum of the percents.

    Raises ShareError when there is no total, or it does not go round.
    """
    whole = round(sum(percents.values()), 6)
    if total is None:
        raise ShareError(
            say('a share such as "30%" is of the scenario\'s "vus", which it does not have')
        )
    if whole > 100:
        raise ShareError(say("the groups' shares are {whole:g} % together, over 100", whole=whole))
    vus = int(total * whole / 100 + 0.5)
    if vus < len(percents):
        raise ShareError(
            say("{whole:g} % of {total} VUs are too few for {groups} groups; each needs at least 1",
                whole=whole, total=total, groups=len(percents))
        )  # fmt: skip
    return shared(vus, percents)
