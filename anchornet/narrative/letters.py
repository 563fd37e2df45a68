"""What mails say: what is due, what came, how to sign in. Never a figure of people, nor a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from anchornet import formatting
from anchornet.formatting import counted, plural
from anchornet.narrative import returns_status
from anchornet.returns.declaration import RETURNS
from anchornet.store.sent_back import SentBack
from anchornet.store.submissions import SentReturn

CHOICE = "Choose which emails you get on your account page"


@dataclass(frozen=True)
class Text:
    """A mail in words; `button` is what its one `address` is for."""

    subject: str
    greeting: str
    before: Sequence[str]
    address: str
    button: str
    network: str
    items: Sequence[str] = ()
    after: Sequence[str] = ()
    foot: str = ""

    def plain(self) -> str:
        """In plain text."""
        items = "\n".join(f"- {item}" for item in self.items)
        link = f"{self.button}:\n{self.address}" if self.address else ""
        parts = [self.greeting, *self.before, items, link, *self.after, self.network]
        if self.foot:
            parts.append(f"-- \n{self.foot}")
        return "\n\n".join(part for part in parts if part) + "\n"


@dataclass(frozen=True)
class Envelope:
    """What every mail needs: whom it is to by name, whose network, where it is opened."""

    name: str
    network: str
    site: str

    def text(
        self,
        subject: str,
        before: Sequence[str],
        path: str = "",
        button: str = "",
        items: Sequence[str] = (),
        after: Sequence[str] = (),
        *,
        chosen: bool = True,
    ) -> Text:
        """`path`: where in the app its link leads; `chosen`: one can do without this mail."""
        return Text(
            f"{subject}: {self.network}",
            f"Hello {self.name}".rstrip() + ",",
            before,
            f"{self.site}{path}",
            button or "Open the network",
            self.network,
            items,
            after,
            f"{CHOICE}: {self.site}/account" if chosen else "",
        )


def invitation(to: Envelope, token: str, until: datetime | None) -> Text:
    """Without a `token`: people sign in with a provider."""
    before = [f"You can now sign in to {to.network}, where its members send their returns."]
    if until is None:
        return to.text("You are invited", before, "", "Sign in", chosen=False)
    before.append(f"{_once(until)} You are then asked to choose a password.")
    return to.text("You are invited", before, f"/sign-in/{token}", "Sign in", chosen=False)


def link(to: Envelope, token: str, until: datetime) -> Text:
    before = [f"Here is your link to sign in to {to.network}.", _once(until)]
    return to.text("Your sign-in link", before, f"/sign-in/{token}", "Sign in", chosen=False)


def reset(to: Envelope, token: str, until: datetime) -> Text:
    before = [
        "Somebody, most likely you, said on the sign-in page that they forgot your password.",
        f"Sign in with this link and choose a new one. {_once(until)}",
    ]
    after = ["If it wasn't you, do nothing: your password stays as it is."]
    return to.text(
        "Choose a new password", before, f"/sign-in/{token}", "Sign in", after=after, chosen=False
    )


def _once(until: datetime) -> str:
    return f"The link works once, until {formatting.here(until)}."


def receipt(to: Envelope, returns: Sequence[SentReturn]) -> Text:
    """For who sent them or, of those that the coordinator sent, for the member's people too."""
    items = [
        f"{sent.receipt}: {formatting.inside(RETURNS[sent.return_name].title)} for "
        f"{RETURNS[sent.return_name].period_words(sent.period)}, {sent.member}"
        for sent in returns
    ]
    them = plural(len(items), "this return", "these returns")
    opening = f"The network has received {them}. Keep this as your receipt."
    if all(sent.on_behalf for sent in returns):
        opening = f"The network's coordinator has sent {them} on the member's behalf."
    title = f"Received: {counted(len(items), 'return', 'returns')}"
    return to.text(title, [opening], "/my_returns", "See what was sent", items)


def missing_returns(
    to: Envelope, member: str, names: Sequence[str], period: date, due_on: date, today: date
) -> Text:
    """Of one month, before or after they are due."""
    opening, titles, ending = returns_status.asked_for(member, names, period, due_on, today)
    many = counted(len(names), "return", "returns")
    late = f"{formatting.capital(many)} {plural(len(names), 'is', 'are')} late"
    soon = f"{formatting.capital(many)} {formatting.due(due_on, today)}"
    return to.text(
        late if due_on < today else soon,
        [opening],
        "/my_returns",
        "Send returns",
        titles,
        [ending, "If something stands in the way, tell your coordinator."],
    )


def sent_back(to: Envelope, one: SentBack) -> Text:
    """Without the question, which may hold a figure."""
    return to.text(
        "A return was sent back with a question",
        [
            f"The network's coordinator asks about {returns_status.named(one)}. "
            "Read the question on the page My returns.",
            "What you sent goes on counting as it is. If it should change, send a correction; if "
            "it is right, tell your coordinator.",
        ],
        "/my_returns",
        "Read the question",
        [f"{one.receipt}, {one.member}"],
    )


def before_meeting(
    to: Envelope,
    meeting: str,
    starts_at: datetime,
    member: str,
    missing: Mapping[date, Sequence[str]],
) -> Text:
    """`missing`: names of the returns by month."""
    items = [
        f"{returns_status.title_for(RETURNS[name], period)}, {formatting.month(period)}"
        for period, names in missing.items()
        for name in names
    ]
    many = len(items)
    return to.text(
        f"Before the meeting on {formatting.day(formatting.in_london(starts_at))}",
        [
            f"{meeting} is on {formatting.here(starts_at)}. "
            f"{plural(many, 'This return', 'These returns')} of {member} "
            f"{plural(many, 'has', 'have')} not come yet:"
        ],
        "/my_returns",
        "Send returns",
        items,
        ["What is sent before the meeting is in its figures."],
    )


def commitments_due(to: Envelope, member: str, count: int, first: date) -> Text:
    what = counted(count, "commitment")
    when = f"on {formatting.day(first)}" if count == 1 else f"the first on {formatting.day(first)}"
    return to.text(
        f"{formatting.capital(what)} due soon",
        [
            f"{formatting.capital(what)} of {member} {plural(count, 'is', 'are')} due in the next "
            f"30 days, {when}."
        ],
        "/commitments",
        "See commitments",
    )


def pack_ready(to: Envelope, meeting: str, starts_at: datetime) -> Text:
    return to.text(
        "The meeting pack is ready",
        [
            f"The pack for {meeting}, on {formatting.here(starts_at)}, is ready to download on the "
            "page Meetings."
        ],
        "/meetings",
        "Open Meetings",
    )


def trial(to: Envelope) -> Text:
    return to.text(
        "A test",
        ["This is a test: the app can send mail with these settings."],
        chosen=False,
    )
