"""What the figures of a page are stated for."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from anchornet import formatting
from anchornet.indicators.figures import NETWORK as THE_NETWORK
from anchornet.indicators.figures import TOGETHER, Audience, own_of
from anchornet.store.database import utc_now

NETWORK = "The network"


@dataclass(frozen=True)
class Filters:
    """What the figures of a page are stated for. Hashable: a key of cached reads.

    members: the IDs that the figures are limited to, None for the network; kind: what they are, if
    a kind was picked. whose: them in words, to begin a sentence with. area: the code of a local
    authority, None for everywhere, and its name.
    as_at: None for now. exact: the members are the person's own, shown without disclosure control.
    sees_members: whether each member's figures are for who looks.
    """

    period: date
    window: str = "month"
    as_at: datetime | None = None
    members: tuple[str, ...] | None = None
    whose: str = NETWORK
    area: str | None = None
    area_name: str = ""
    view: str = "status"
    exact: bool = False
    kind: str | None = None
    sees_members: bool = False

    @property
    def member_id(self) -> str | None:
        """The one member that was picked, if one was."""
        return self.members[0] if self.members and self.kind is None else None

    @property
    def audience(self) -> Audience:
        """Who the figures are for."""
        if self.exact and self.members:
            return own_of(*self.members)
        return THE_NETWORK if self.sees_members else TOGETHER

    @property
    def scope(self) -> dict[str, Any]:
        """As at when, and of which members: what most figures are asked for with."""
        return {"as_at": self.as_at, "members": self.members}

    @property
    def span(self) -> str:
        """The months in words: `September 2026`, `July to September 2026`."""
        return formatting.span(self.period, self.window)

    @property
    def today(self) -> date:
        """The day that figures are stated for."""
        return (self.as_at or utc_now()).date()

    @property
    def stated(self) -> str:
        """What figures are stated for: `July to September 2026 · Salford · as at …`."""
        whose = [] if self.members is None else [self.whose]
        moment = f"as at {formatting.moment(self.as_at or utc_now())} UTC"
        span = formatting.sentence(self.span).rstrip(".")
        targets = "targets are the whole network's" if self.kind or self.area else ""
        return " · ".join([span, *whose, *filter(None, [self.area_name, targets]), moment])

    @property
    def figures(self) -> "Filters":
        """What figures depend on: a key of cached reads that both views share."""
        return replace(self, view="status")

    @property
    def everywhere(self) -> "Filters":
        """The same without the area, for what isn't reported by area."""
        return replace(self, area=None, area_name="")

    @property
    def network(self) -> "Filters":
        """The same of the whole network, as everybody sees it."""
        return Filters(
            self.period, self.window, self.as_at, area=self.area, sees_members=self.sees_members
        )
