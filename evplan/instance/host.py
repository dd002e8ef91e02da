"""The host of a site: who owns the land, where it is not the operator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from evplan.instance.base import Noun, Rate
from evplan.instance.faults import Fault
from evplan.instance.source import Loc
from evplan.instance.tree import items, mapping

Item = Literal["chargers", "connection", "solar", "battery"]


class Host(Noun):
    """The host: it gets the land's lease and `revenue_share`, and may pay for some of what is built."""

    pays: Annotated[tuple[Item, ...], Field(max_length=4)] = ()
    """What the host pays for, with its replacements; the operator runs and keeps up all of it. Sizes are then those that are best for both
    together, to whom lease and revenue share are no cost."""
    discount_rate: Rate | None = None
    """Nominal rate of the host's net present value; left out, `finance.discount_rate`."""
    tax_rate: Annotated[float, Field(strict=True, ge=0, lt=1)] | None = None
    """Tax on the host's profit; left out, `finance.tax_rate`."""


def host_faults(site: dict, loc: Loc, tree: dict) -> Iterator[Fault]:
    """Yield what a host pays for twice, and hosts that pay beside a pot of grants."""
    pays, here = items(mapping(site, "host"), "pays"), (*loc, "host", "pays")
    for j, item in enumerate(pays):
        if item in pays[:j]:
            yield Fault((*here, j), f"is paid for already (got {item!r} again)")
    if pays and mapping(mapping(tree, "portfolio"), "subsidy"):
        yield Fault(
            here,
            "cannot stand beside portfolio.subsidy, whose grants are worked out for one owner of all that is built",
        )
    if pays and items(mapping(tree, "horizon"), "stages"):
        yield Fault(here, "cannot stand beside horizon.stages, whose cash flow knows one owner")
