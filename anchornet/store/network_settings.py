"""What a network decides for itself: its name, area, deadlines and look, with what was true before;
changed while the app runs."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Any

from anchornet.settings import NETWORK_SETTINGS, READERS, Settings, SettingsError, changed, written
from anchornet.store.database import SETTINGS_FILE, Database, RecordedSetting, append, utc_now
from anchornet.store.network import NotPossible

DAYS = ("due_days", "closing_days", "correction_days")
AREAS = ("area", "wider_area")
# Areas that a network with returns ever has: by what differs from one to the next, an intruder
# learns of people. What is reached with so many stands in docs/privacy.md.
MOST_AREAS = 2


@contextmanager
def recording(
    database: Database, values: Mapping[str, Any], *, by: str, now: datetime | None = None
) -> Iterator[bool]:
    """Record settings, given as the settings file would, and go by them: whether the area is
    another one. Days hold from the month that runs: what was late or on time stays so, unless
    nothing was sent yet. Raises NotPossible, which names the setting."""
    moment = now or utc_now()
    before = database.settings
    read = {}
    for name, value in values.items():
        if name not in NETWORK_SETTINGS:
            raise NotPossible(f"{name} is set in anchornet.toml by whoever runs the machine.")
        if name in before.overridden:
            raise NotPossible(
                f"{name} is set by the variable ANCHORNET_{name.upper()}: ask whoever runs the "
                "machine."
            )
        try:
            read[name] = READERS[name](value)
        except ValueError as error:
            raise NotPossible(f"{name} {error}.") from None
    asked = replace(before, **read)
    try:
        after = changed(before, {name: written(asked, name) for name in read})
    except SettingsError as error:
        raise NotPossible(str(error)) from None
    recorded = database.recorded_settings
    with database.writing() as cursor:
        ((first_sent,),) = cursor.execute("select min(accepted_at) from submissions").fetchall()
        sent = first_sent is not None
        if sent:
            _require_few_areas(recorded, first_sent, before, after)
        for name in read:
            since = moment.date().replace(day=1) if sent and name in DAYS else None
            row = RecordedSetting(name, written(after, name), since, moment, by)
            append(cursor, "network_settings", *row)
            recorded = (*recorded, row)
        database.settings, database.recorded_settings, earlier = (
            after,
            recorded,
            database.recorded_settings,
        )
        try:
            yield any(getattr(before, name) != getattr(after, name) for name in AREAS)
        except BaseException:
            database.settings, database.recorded_settings = before, earlier
            raise


def _require_few_areas(
    recorded: Iterable[RecordedSetting], since: datetime, before: Settings, after: Settings
) -> None:
    """Raises NotPossible for an area beyond those that figures may be shown of; an earlier one can
    always come back."""

    def areas(settings: Mapping[str, str]) -> tuple[str, ...]:
        return tuple(settings.get(name, "") for name in AREAS)

    def now(settings: Settings) -> dict[str, str]:
        return {name: written(settings, name) for name in AREAS}

    had = {areas(now(before))}
    state: dict[str, str] = {}
    rows = [row for row in recorded if row.name in AREAS]
    for moment, saved in groupby(rows, key=lambda row: row.recorded_at):  # both at once
        if state and moment > since:
            had.add(areas(state))
        state |= {row.name: row.value for row in saved}
    if areas(now(after)) not in had and len(had) >= MOST_AREAS:
        raise NotPossible(
            f"The network has had {len(had)} areas since its first return, and figures of people "
            "are shown for no more: what differs between them would say too much of the few who "
            "live there. You can go back to an earlier area. For another one ask whoever runs the "
            "machine."
        )


def is_decided(database: Database, *names: str) -> bool:
    """Whether somebody has saved these settings, or a variable gives them, rather than the settings
    file."""
    rows = database.recorded_settings
    saved = {row.name for row in rows if row.recorded_by != SETTINGS_FILE}
    return (saved | database.settings.overridden).issuperset(names)
