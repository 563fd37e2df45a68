"""Parts of the page of people: who they are, how they sign in, and what they did."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import pandas as pd
import streamlit as st

from anchornet import formatting, member_data
from anchornet.access import MEMBER_ROLES, ROLES, Person
from anchornet.csv_export import csv_bytes
from anchornet.narrative import activity, letters
from anchornet.narrative.letters import Envelope
from anchornet.settings import Settings
from anchornet.store import api_tokens, authentication, people
from anchornet.store.authentication import SignIn
from anchornet.store.database import Database, utc_now
from anchornet.store.mail import put_out
from anchornet.store.network import NotPossible
from anchornet.store.people import Account, Grant
from anchornet.ui import layout, mail
from anchornet.ui.api_tokens import show_tokens
from anchornet.ui.forms import confirmed, do, key
from anchornet.ui.session import download

SHOWN = 200  # rows of the activity log on screen; the download holds them all


def role(grant: Grant, names: Mapping[str, str]) -> str:
    """`Contributor of Sample College`, `Coordinator`."""
    name, member_id = grant
    return f"{ROLES[name]} of {names.get(member_id, member_id)}" if member_id else ROLES[name]


def show_people(
    accounts: Sequence[Account],
    names: Mapping[str, str],
    sign_ins: Sequence[SignIn] | None = None,
) -> None:
    """With the `sign_ins` that hold, since when each is signed in."""
    if not accounts:
        layout.note("Nobody has been added yet.")
        return
    rows = []
    for account in accounts:
        roles = sorted(role(grant, names) for grant in account.grants)
        roles += sorted(f"{role(grant, names)} (not confirmed yet)" for grant in account.asked)
        rows.append([account.name, account.email, ", ".join(roles) or "none"])
        if sign_ins is not None:
            held = [one.made_at for one in sign_ins if one.email == account.email]
            rows[-1].append(", ".join(map(formatting.moment, held)) or "–")
    headings = ["Name", "Email address", "Roles", "Signed in since (UTC)"]
    layout.table(headings[: len(rows[0])], rows, ())
    if any(account.asked for account in accounts):
        layout.note(
            "A member's contributor confirms a role on My returns. Where nobody of the member is "
            "left to, whoever runs the machine does."
        )


def show_sample(everybody: Sequence[Person], names: Mapping[str, str]) -> None:
    """Who one can be in a sample network. They are no accounts, and nobody edits them."""
    layout.heading(
        "Sample people", "Invented, to try this network as; choose one when you sign in."
    )
    rows = [
        [
            person.name,
            person.email,
            ", ".join(
                role((name, person.member_id if name in MEMBER_ROLES else None), names)
                for name in sorted(person.roles)
            ),
        ]
        for person in everybody
    ]
    layout.table(["Name", "Email address", "Roles"], rows, ())


def _pick(label: str, accounts: Sequence[Account], name: str, placeholder: str) -> Account | None:
    by_email = {account.email: account for account in accounts}
    email = st.selectbox(
        label,
        list(by_email),
        index=None,
        format_func=lambda email: f"{by_email[email].name}, {email}",
        placeholder=placeholder,
        key=key(name),
    )
    return by_email.get(email or "")


def record(
    database: Database,
    accounts: Sequence[Account],
    names: Mapping[str, str],
    by: str,
    *,
    links: bool,
) -> None:
    """Adds somebody, who is then invited where the app sends mail, or changes who is there."""
    before = _pick("Person", accounts, "people_who", "Someone new, or choose who to edit")
    every: list[Grant] = [(name, None) for name in ROLES if name not in MEMBER_ROLES]
    every += [(name, member_id) for member_id in names for name in MEMBER_ROLES]
    with st.form(key(f"person_{before.email if before else None}"), border=False):
        email = before.email if before else st.text_input("Email address")
        name = st.text_input("Name", before.name if before else "")
        grants = st.multiselect(
            "Roles",
            every,
            default=[grant for grant in every if before and grant in before.grants | before.asked],
            format_func=lambda grant: role(grant, names),
        )
        invites = (
            before is None
            and mail.sends(database.settings)
            and st.checkbox("Email an invitation", value=True)
        )
        if st.form_submit_button("Save person", type="primary"):
            act = partial(_record_and_invite, links=links) if invites else people.record_person
            done = f"{name} is saved{', and an invitation is on its way' if invites else ''}."
            do(done, act, database, email, name, grants, by=by)


def _record_and_invite(
    database: Database, email: str, name: str, grants: Sequence[Grant], *, by: str, links: bool
) -> None:
    account = people.record_person(database, email, name, grants, by=by)
    put_out(database, [mail.invitation(database, account, links=links)], by=by)


def let_in(database: Database, accounts: Sequence[Account], by: str, *, links: bool) -> None:
    """A link for somebody, or the end of their access. Nobody removes themselves."""
    account = _pick("Who", accounts, "people_access", "Choose a person")
    if account is None:
        return
    with st.container(horizontal=True):
        wanted = links and st.button("Create sign-in link", key="people_link")
        _send_link(database, account, by, "people_send", links=links)
        words = f"{account.name} is signed out at once and can no longer sign in."
        if confirmed(
            "Sign out everywhere",
            f"{account.name} is signed out on every device. Links not used yet stop working.",
            "Sign out now",
            "people_sign_out",
        ):
            do(
                f"{account.name} is signed out everywhere.",
                authentication.sign_out_everywhere, database, account.email, by=by,
            )  # fmt: skip
        removed = account.email != by and confirmed(
            "Remove", words, "Remove person", "people_remove"
        )
    if removed:
        done = f"{account.name} can no longer sign in."
        do(done, people.remove_person, database, account.email, by=by)
    if wanted:
        _show_link(database, account, lambda: authentication.invite(database, account.email, by=by))


def _send_link(
    database: Database, account: Account, by: str, key: str, *, links: bool = True
) -> None:
    """A link or, where people sign in with a provider, an invitation, by email to its owner."""
    label = "Email a sign-in link" if links else "Email an invitation"
    done = f"An email to {account.email} is on its way."
    mail.send_button(
        label, database, lambda: [mail.invitation(database, account, links=links)], done, by, key
    )


def _show_link(database: Database, account: Account, make: Callable[[], str]) -> None:
    life = formatting.lasting(authentication.link_life(database, account.email))
    try:
        token = make()
    except NotPossible as why:
        st.error(layout.plain(str(why)))
        return
    st.write(
        f"Send this to {layout.plain(account.name)}. It works once, for {life}. Whoever opens it "
        "is asked to choose a password."
    )
    st.code(f"{address()}/sign-in/{token}", language=None)
    to = Envelope(account.name, database.settings.network_name, address())
    until = utc_now() + authentication.link_life(database, account.email)
    text = letters.link(to, token, until)
    mail.write_button([account.email], text.subject, text.plain(), "write_link")


def show_member_people(
    database: Database, person: Person, member_id: str, names: Mapping[str, str], *, links: bool
) -> None:
    """Who holds a member's roles, for its contributors: what they confirm, links, each change."""
    people_ = member_data.member_people(database, person, member_id)
    waiting = [(account, grant) for account in people_ for grant in sorted(account.asked)]
    for account, (name, _) in waiting:
        words = f"{ROLES[name]}: {account.name}, {account.email}"
        st.warning(layout.plain(f"The coordinator asks for a role of yours. {words}"))
        with st.container(horizontal=True):
            for label, given in (("Confirm", True), ("Refuse", False)):
                if st.button(label, key=f"settle_{account.email}_{name}_{given}"):
                    do(
                        f"{account.name} {'has' if given else 'does not have'} the role.",
                        member_data.settle_role, database, person, member_id, account.email, name,
                        given, by=person.email,
                    )  # fmt: skip
    with st.expander("Your people"):
        show_people(people_, names)
        account_ = _pick("Who", people_, "member_access", "Choose a person") if links else None
        if account_:
            _send_link(database, account_, person.email, "member_send")
        if account_ and st.button("Create sign-in link", key="member_link"):
            _show_link(
                database,
                account_,
                lambda: member_data.make_member_link(
                    database, person, member_id, account_.email, by=person.email
                ),
            )
        changes = member_data.role_changes(database, person, member_id)
        rows = [
            [
                formatting.moment(row["happened_at"]),
                row["who"] or "–",
                row["did"],
                activity.in_words(row["about"]),
            ]
            for _, row in changes.head(SHOWN).iterrows()
        ]
        layout.table(["When (UTC)", "Who", "Did", "About"], rows, ())


def show_network_tokens(database: Database, by: str) -> None:
    show_tokens(
        api_tokens.network_tokens(database),
        api_tokens.NETWORK_ROLES,
        lambda name, role, days: api_tokens.make_token(database, name, role, days=days, by=by),
        lambda token_id: api_tokens.revoke_token(database, token_id, by=by),
    )


def show_member_tokens(database: Database, person: Person, member_id: str) -> None:
    with st.expander("Programs that send or read for you"):
        show_tokens(
            member_data.member_tokens(database, person, member_id),
            api_tokens.MEMBER_ROLES,
            lambda name, role, days: member_data.make_member_token(
                database, person, member_id, name, role, days=days, by=person.email
            ),
            lambda token_id: member_data.revoke_member_token(
                database, person, member_id, token_id, by=person.email
            ),
        )


def address() -> str:
    url = st.context.url
    return "/".join(url.split("/")[:3]) if isinstance(url, str) else ""


def show_trail(trail: pd.DataFrame, names: Mapping[str, str], settings: Settings) -> None:
    """What people did, the newest first, as far back as the network keeps it."""
    trail = trail.assign(about=trail["about"].fillna("").map(activity.in_words))
    who = st.selectbox(
        "Who", sorted(set(trail["who"].dropna())), index=None, placeholder="Everybody",
        key="trail_who",
    )  # fmt: skip
    what = st.selectbox(
        "What", sorted(set(trail["did"])), index=None, placeholder="Everything", key="trail_did"
    )
    picked = trail[(trail["who"] == who) | (who is None)]
    picked = picked[(picked["did"] == what) | (what is None)]
    rows = [
        [
            formatting.moment(row["happened_at"]),
            row["who"] or "–",
            row["did"],
            row["about"],
            names.get(row["member_id"], "") if isinstance(row["member_id"], str) else "",
        ]
        for _, row in picked.head(SHOWN).iterrows()
    ]
    layout.table(["When (UTC)", "Who", "Did", "About", "Member"], rows, ())
    layout.note(
        f"{len(rows):,} of {len(picked):,} shown. Sign-ins, refusals and downloads are kept for "
        f"{settings.audit_days:,} days."
    )
    download(
        "Download all as CSV",
        lambda: csv_bytes(picked),
        file_name=f"activity {utc_now():%Y-%m-%d}.csv",
    )
