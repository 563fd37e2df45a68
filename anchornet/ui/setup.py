"""Setting a network up in the browser, step by step, and what is still to do of it."""

import tempfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from anchornet import formatting
from anchornet.access import MEMBER_ROLES, ROLES
from anchornet.facts.build import add_members
from anchornet.facts.catalogue import CATALOGUE, OVERVIEW, SHARES
from anchornet.narrative.returns_status import starting
from anchornet.periods import add_months
from anchornet.places.organisations import offered_org_ids
from anchornet.places.register_matches import look_up
from anchornet.places.registers import REGISTERS
from anchornet.server.identity import has_provider
from anchornet.store import authentication, meetings, setup
from anchornet.store.database import Database, utc_now
from anchornet.store.mail import put_out
from anchornet.store.network import KINDS, NewMember, NotPossible, members, read_members
from anchornet.store.people import Account, Grant, account, accounts, record_person
from anchornet.store.returns_status import owed_from
from anchornet.store.targets import Target, read_number, record_targets, require_share, targets
from anchornet.ui import layout, links, mail, queries
from anchornet.ui.components import html
from anchornet.ui.forms import DAY, do, too_large
from anchornet.ui.network_settings import (
    field,
    forget_typed,
    show_area,
    show_deadlines,
    show_name,
)
from anchornet.ui.people import address, role

STEP = "step"
LOOKED_UP = "looked_up"  # in the session: org-IDs that a register has for names
INVITED = "invited"  # in the session: invitations that were made, to copy
RHYTHMS = {1: "Every month", 2: "Every two months", 3: "Every quarter"}


class Invitation(NamedTuple):
    name: str
    email: str
    text: str


def checklist(database: Database) -> None:
    """What is still to do, for Overview."""
    done = setup.done(database)
    left = [title for step, title in setup.STEPS.items() if not done[step]]
    said = "Everything is set up" if not left else f"{formatting.counted(len(left), 'step')} left"
    with st.container(key="setup_checklist", border=True):
        layout.heading("Set up the network", f"{formatting.capital(said)}.")
        st.html(
            html(
                "checklist",
                [
                    (title, done[step], links.address("setup", step=step))
                    for step, title in setup.STEPS.items()
                ],
            )
        )
        if st.button("Hide this list", key="setup_end"):
            setup.end(database)
            st.rerun()


def choose_step(done: Mapping[str, bool]) -> str:
    """The step in the address, else the first that is not done."""
    usual = next((step for step in setup.STEPS if not done[step]), next(iter(setup.STEPS)))
    marks = {step: f"{'✓ ' if done[step] else ''}{words}" for step, words in setup.STEPS.items()}
    return layout.choice(STEP, marks, usual)


def show_step(database: Database, step: str, by: str) -> None:
    """The form of one step, and the way to the next."""
    if step == "network":
        show_name(database, by, _go_on)
    elif step == "area":
        show_area(database, by, _go_on)
    elif step == "deadlines":
        show_deadlines(database, by, _go_on)
    elif step == "members":
        _show_members(database, by)
    elif step == "people":
        _show_people(database, by)
    elif step == "targets":
        _show_targets(database, by)
    else:
        _show_meetings(database, by)


def _go_on() -> None:
    """To the first step that is not done."""
    st.query_params.pop(STEP, None)


def _stay(step: str) -> None:
    st.query_params[STEP] = step


def next_button(step: str, done: Mapping[str, bool]) -> None:
    """To the step after this one, done or not."""
    steps = list(setup.STEPS)
    after = steps[steps.index(step) + 1 :]
    if after:
        words = f"Next: {formatting.inside(setup.STEPS[after[0]])}"
        st.button(words, key=f"next_{step}", on_click=_stay, args=(after[0],))
    elif all(done.values()):
        layout.note("Everything is set up.")


# --- members -------------------------------------------------------------------------------------


def _show_members(database: Database, by: str) -> None:
    frame, today = members(database), utc_now().date()
    left, right = st.columns([3, 2], gap="large")
    with left:
        text = st.text_area(
            "Members, one on each line",
            key=field("members", "text", ""),
            placeholder="Sample City Council, Council\nSample Hospital, NHS, GB-NHS-X1",
            help="Typed, or pasted from a sheet: name, kind and org-ID. The name is enough.",
            height=140,
        )
        st.button("Read the list", key="members_read")
        typed = read_members(text)
        looked_up = _look_up(database, [one.name for one in typed if not one.org_id])
        read = [
            _complete(database, row, one, looked_up.get(one.name, []))
            for row, one in enumerate(typed)
        ]
        starts_on = st.date_input(
            "First day as members",
            format=DAY,
            key=field("members", "starts_on", today),
            help="Clear it for members that were always in the network.",
        )
        layout.note(
            " ".join(
                starting(owed_from(database, starts_on, None, today), starts_on, today, "each")
            )
        )
        words = formatting.counted(len(read), "member") if read else "members"
        if st.button(f"Add {words}", type="primary", key="members_add", disabled=not read):

            def act() -> None:
                if lacking := [one.name for one in read if not one.kind]:
                    raise NotPossible(f"Choose the kind of {formatting.listed(lacking)}.")
                add_members(database, read, starts_on=starts_on, by=by)
                forget_typed("members")
                _stay("members")

            do(f"{formatting.capital(words)} added.", act)
    with right:
        layout.heading("Members so far")
        if frame.empty:
            layout.note("None yet.")
        layout.table(
            ["Member", "Kind", "Org-ID"],
            [
                [row["name"], KINDS[row["kind"]], row["org_id"] or "–"]
                for row in frame.to_dict("records")
            ],
            (),
        )
        st.html(html("note", links.link("Edit or remove members", "/members?show=list")))


def _look_up(database: Database, names: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    """The org-IDs that a register's file has for the names, once somebody drops one."""
    held: dict[str, list[tuple[str, str]]] = st.session_state.setdefault(LOOKED_UP, {})
    if not names:
        return held
    settings = database.settings
    with st.expander("Look org-IDs up in a register"):
        layout.note(
            "Org-IDs of county, unitary and borough councils in England are suggested already. "
            "Trusts, schools, charities and companies are in registers that are free to download."
        )
        register = st.selectbox(
            "Register",
            [name for name in REGISTERS if name != "list"],
            format_func=lambda name: formatting.capital(REGISTERS[name].title),
            key="members_register",
        )
        layout.note(f"As it is published: {REGISTERS[register].publishes}.")
        uploaded = st.file_uploader(
            "Drop the register here",
            max_upload_size=settings.max_upload_mb,
            key="members_register_file",
        )
        pressed = st.button("Look them up", key="members_look_up", disabled=uploaded is None)
        if not pressed or uploaded is None or too_large(uploaded.getvalue(), settings):
            return held
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / Path(uploaded.name).name
            path.write_bytes(uploaded.getvalue())
            try:
                with st.spinner("Looking them up"):
                    found = look_up(database, names, {register: [path]})
            except NotPossible as why:
                st.error(layout.plain(str(why)))
                return held
        for name, offers in found.items():
            held[name] = list(dict.fromkeys([*held.get(name, []), *offers]))
        layout.note(
            f"Found there: {formatting.counted(len(found), 'name')} of {len(set(names)):,}. "
            "Choose which is right below."
        )
    return held


def _complete(
    database: Database, row: int, one: NewMember, looked_up: Sequence[tuple[str, str]]
) -> NewMember:
    """What the line of a member leaves open, asked for: its kind, and which of the org-IDs that are
    known under its name is its own. None is chosen for anybody."""
    offered = [] if one.org_id else [*offered_org_ids(database, one.name), *looked_up]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        said = [one.name, KINDS.get(one.kind, ""), one.org_id]
        st.html(html("figure", ", ".join(filter(None, said))), width="content")
        kind, org_id = one.kind, one.org_id
        if not kind:
            kind = st.selectbox(
                f"Kind of {one.name}",
                ["", *KINDS],
                format_func=lambda name: KINDS.get(name, "Choose its kind"),
                key=field("members", f"kind_{row}_{one.name}", ""),
                label_visibility="collapsed",
                width=260,
            )
        if offered:
            known = dict(offered)
            org_id = st.selectbox(
                f"Org-ID of {one.name}",
                ["", *known],
                format_func=lambda held: f"{held}, {known[held]}" if held else "No org-ID",
                key=field("members", f"org_id_{row}_{one.name}", ""),
                label_visibility="collapsed",
                width=320,
            )
    return NewMember(one.name, kind, org_id)


# --- people --------------------------------------------------------------------------------------


def _show_people(database: Database, by: str) -> None:
    names = {key: name for key, (name, _) in queries.current_members(database).items()}
    everybody = accounts(database)
    held = {grant for one in everybody for grant in one.grants}
    without = [member for member in names if ("member_contributor", member) not in held]
    roles: list[Grant] = [("member_contributor", member) for member in without]
    roles += [(name, None) for name in ROLES if name not in (*MEMBER_ROLES, "coordinator")]
    roles += [("member_contributor", member) for member in names if member not in without]
    roles += [("member_viewer", member) for member in names]
    left, right = st.columns([2, 3], gap="large")
    with left:
        # Until somebody chooses: the next member without a contributor.
        key, chosen = field("people", "role", roles[0]), field("people", "chosen", False)
        if st.session_state[key] not in roles or not st.session_state[chosen]:
            st.session_state[key] = roles[0]
        grant = st.selectbox(
            "Role",
            roles,
            format_func=lambda one: role(one, names),
            key=key,
            on_change=lambda: st.session_state.update({chosen: True}),
        )
        name = st.text_input("Name", key=field("people", "name", ""))
        email = st.text_input("Email address", key=field("people", "email", ""))
        if st.button("Add and make an invitation", type="primary", key="people_add"):
            do(
                f"{name.strip()} is added.",
                lambda: _invite(database, email, name, grant, names, by, link=not has_provider()),
            )
        if not names:
            layout.note("Add the members first, so that their people can be invited for them.")
        elif without:
            words = formatting.listed([names[member] for member in without])
            layout.note(f"Still without a contributor, who sends its returns: {words}.")
    with right:
        invitations: list[Invitation] = st.session_state.get(INVITED, [])
        if invitations and mail.sends(database.settings):
            layout.heading("Invitations", "Each is on its way by email.")
        elif invitations:
            layout.heading("Invitations to copy", "Nothing is sent from here.")
        for number, one in reversed([*enumerate(invitations)]):
            layout.note(f"{one.name}, {one.email}")
            if one.text:
                st.code(one.text, language=None, wrap_lines=True)
                subject = f"You are invited: {database.settings.network_name}"
                mail.write_button([one.email], subject, one.text, f"write_{number}")
        layout.heading("People so far")
        layout.table(
            ["Name", "Email address", "Roles"],
            [
                [one.name, one.email, ", ".join(sorted(role(grant, names) for grant in one.grants))]
                for one in everybody
            ],
            (),
        )
        st.html(html("note", links.link("Edit people, or make a new link", "/people")))


def _invite(
    database: Database,
    email: str,
    name: str,
    grant: Grant,
    names: Mapping[str, str],
    by: str,
    *,
    link: bool,
) -> None:
    before = account(database, email)
    grants = {grant, *(before.grants if before else ())}
    person = record_person(database, email, name, grants, by=by)
    if mail.sends(database.settings):
        text = ""
        put_out(database, [mail.invitation(database, person, links=link)], by=by)
    else:
        text = _invitation(database, person, grant, names, by, link=link)
    st.session_state[INVITED] = [
        *st.session_state.get(INVITED, []),
        Invitation(person.name, person.email, text),
    ]
    forget_typed("people")
    _stay("people")


def _invitation(
    database: Database,
    person: Account,
    grant: Grant,
    names: Mapping[str, str],
    by: str,
    *,
    link: bool,
) -> str:
    """A message to copy."""
    network = database.settings.network_name
    here = address()
    if link:
        life = formatting.lasting(authentication.link_life(database, person.email))
        token = authentication.invite(database, person.email, by=by)
        way = (
            f"Open this link to sign in and choose a password. It works once, for {life}:\n\n"
            f"{here}/sign-in/{token}"
        )
    else:
        way = f"Sign in with {person.email} as you do elsewhere:\n\n{here}"
    return f"Hello {person.name},\n\n{network} has added you: {role(grant, names)}.\n\n{way}\n"


# --- targets -------------------------------------------------------------------------------------


def _show_targets(database: Database, by: str) -> None:
    """The figures that Overview shows, each with where it stands and where it should be."""
    this = utc_now().date().replace(day=1)
    held = {one.indicator: one for one in targets(database) if one.member_id is None}
    layout.note(
        "The figures that stand on Overview. Fill in those that the network has agreed on: where "
        "each stands today, and where it should be by then. Leave the others."
    )
    coming = [add_months(this, months) for months in range(1, 61)]
    by_month = st.selectbox(
        "To be reached by",
        coming,
        format_func=formatting.month,
        key=field("targets", "by", coming[11]),
        width=260,
    )
    rows = []
    for indicator in OVERVIEW:
        example = {"share": "45%", "gbp": "£1,200,000"}.get(CATALOGUE[indicator].unit, "120")
        title, *columns = st.columns([3, 1, 1], vertical_alignment="bottom")
        before = held.get(indicator)
        until = f" (set: {_exactly(indicator, before.target)})" if before else ""
        title.write(layout.plain(CATALOGUE[indicator].title + until))
        today, target = (
            column.text_input(
                f"{label}: {CATALOGUE[indicator].title}",
                key=field("targets", f"{name}_{indicator}", ""),
                placeholder=f"{label}, such as {example}",
                label_visibility="collapsed",
            )
            for column, name, label in zip(
                columns, ("today", "target"), ("Today", "Target"), strict=True
            )
        )
        if target.strip() or today.strip():
            rows.append((indicator, today, target))

    def act() -> None:
        record_targets(
            database, [_target(*row, add_months(this, -1), by_month) for row in rows], by=by
        )
        forget_typed("targets")
        _go_on()

    words = formatting.counted(len(rows), "target") if rows else "targets"
    if st.button(f"Save {words}", type="primary", key="targets_save", disabled=not rows):
        do(f"{formatting.capital(words)} saved.", act)


def _target(indicator: str, today: str, target: str, start: date, by_month: date) -> Target:
    title = CATALOGUE[indicator].title
    if not (target.strip() and today.strip()):
        raise NotPossible(f"{title}: say both where it stands today and the target.")
    typed = Target(
        indicator=indicator,
        baseline_period=start,
        baseline=read_number(today, title),
        target_period=by_month,
        target=read_number(target, title),
    )
    if indicator in SHARES:
        require_share(typed)
    return typed


def _exactly(indicator: str, value: float) -> str:
    return formatting.exactly(value, CATALOGUE[indicator].unit)


# --- meetings ------------------------------------------------------------------------------------


def _show_meetings(database: Database, by: str) -> None:
    now = utc_now()
    left, right = st.columns([2, 3], gap="large")
    with left:
        name = st.text_input("Name", key=field("meetings", "name", "Delivery group"))
        first, at = st.columns(2)
        day = first.date_input(
            "First meeting",
            format=DAY,
            key=field("meetings", "day", _tuesday(now.date() + timedelta(weeks=6))),
        )
        starts_at = at.time_input("Starts at (UTC)", key=field("meetings", "time", time(9)))
        rhythm, many = st.columns(2)
        months = rhythm.selectbox(
            "Then",
            list(RHYTHMS),
            format_func=RHYTHMS.__getitem__,
            key=field("meetings", "rhythm", 2),
        )
        count = many.number_input(
            "How many", min_value=1, max_value=24, key=field("meetings", "count", 3)
        )
        dates = meeting_dates(day, starts_at, months, int(count)) if day else []
        layout.note(formatting.listed([formatting.day(one) for one in dates]))

        def act() -> None:
            if not name.strip():
                raise NotPossible("A meeting needs a name, such as Delivery group.")
            for one in dates:
                meetings.record_meeting(
                    database, f"{name.strip()}, {formatting.month(one.date())}", one, by
                )
            forget_typed("meetings")
            _go_on()

        words = formatting.counted(len(dates), "meeting")
        if st.button(f"Add {words}", type="primary", key="meetings_add", disabled=not dates):
            do(f"{formatting.capital(words)} added.", act)
    with right:
        layout.heading("Meetings so far")
        rows = [
            [meeting.name, formatting.moment(meeting.starts_at)]
            for meeting in queries.meetings(database)
        ]
        layout.table(["Meeting", "Starts at (UTC)"], rows, ())
        if not rows:
            layout.note("None yet.")
        st.html(html("note", links.link("Move or cancel a meeting", "/meetings")))


def _tuesday(day: date) -> date:
    """The Tuesday on that day or after it."""
    return day + timedelta(days=(1 - day.weekday()) % 7)


def meeting_dates(day: date, at: time, months: int, count: int) -> Sequence[datetime]:
    """So many meetings, each on the same weekday of its month as the first: the second Tuesday."""
    which = (day.day - 1) // 7
    dates = []
    for number in range(count):
        month = add_months(day.replace(day=1), number * months)
        first = month + timedelta(days=(day.weekday() - month.weekday()) % 7)
        one = first + timedelta(weeks=which)
        dates.append(one if one.month == month.month else one - timedelta(weeks=1))
    return [datetime.combine(one, at) for one in dates]
