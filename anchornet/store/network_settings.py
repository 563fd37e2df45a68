"""What a network decides for itself: its name, area, deadlines and look, with what was true before;
changed while the app runs."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from anchornet.settings import NETWORK_SETTINGS, READERS, SettingsError, changed, written
from anchornet.store.database import SETTINGS_FILE, Database, RecordedSetting, append, utc_now
from anchornet.store.network import NotPossible

DAYS = ("due_days", "closing_days", "correction_days")
AREAS = ("area", "wider_area")


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
        sent = bool(cursor.execute("from submissions limit 1").fetchall())
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


def is_decided(database: Database, *names: str) -> bool:
    """Whether somebody has saved these settings, or a variable gives them, rather than the settings
    file."""
    rows = database.recorded_settings
    saved = {row.name for row in rows if row.recorded_by != SETTINGS_FILE}
    return (saved | database.settings.overridden).issuperset(names)
