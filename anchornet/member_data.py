"""What is a member's own, each behind the check of who asks: its returns, files, suppliers and
history, and the sending of them.

The screen asks here only; the command line runs as whoever holds the file.
"""

from typing import Any

import pandas as pd

from anchornet.access import READS, SENDS, Person, guarded, require
from anchornet.indicators import accreditations, supplier_places
from anchornet.intake import bulk_upload, matching
from anchornet.intake import preview as intake_preview
from anchornet.intake import submit as intake_submit
from anchornet.store import (
    api_tokens,
    audit,
    authentication,
    network,
    people,
    returns_status,
    sent_back,
    submissions,
)
from anchornet.store import stories as store_stories
from anchornet.store.database import Database

returns = guarded(returns_status.own_returns, READS)
history = guarded(submissions.history, READS)
original = guarded(submissions.original, READS, "the file of")
findings = guarded(submissions.findings_of, READS)
lines_changed = guarded(submissions.lines_changed, READS)
sums_beside = guarded(intake_preview.sums_beside, READS)
suppliers_to_place = guarded(supplier_places.suppliers_to_place, READS)
suppliers_placed = guarded(supplier_places.suppliers_placed, READS)
renewals = guarded(accreditations.own_renewals, READS)
looks = guarded(audit.looks, READS, "looks at what is there")

questions = guarded(sent_back.of_member, SENDS, "what was sent back to")
preview = guarded(intake_preview.preview, SENDS)
fitting_returns = guarded(matching.fitting_returns, SENDS)
preview_file = guarded(bulk_upload.match_file, SENDS)
submit = guarded(intake_submit.submit, SENDS)
submit_nil = guarded(intake_submit.send_nil, SENDS)
check = guarded(intake_submit.check_return, SENDS)
submit_files = guarded(bulk_upload.send_files, SENDS)
remember_mapping = guarded(network.remember_mapping, SENDS)
withdraw = guarded(submissions.withdraw, {"send_return"})
record_leave = guarded(people.record_leave, {"send_return"})
member_people = guarded(people.member_people, READS)
role_changes = guarded(people.role_changes, READS)
settle_role = guarded(people.settle_role, {"send_return"})
make_member_link = guarded(authentication.make_member_link, {"send_return"})
member_tokens = guarded(api_tokens.member_tokens, {"send_return"})
make_member_token = guarded(api_tokens.make_member_token, {"send_return"})
revoke_member_token = guarded(api_tokens.revoke_member_token, {"send_return"})

stories = guarded(store_stories.of_member, {"write_stories"})
write_story = guarded(store_stories.write, {"write_stories"})
end_consent = guarded(store_stories.end_consent, {"write_stories"})


def submission(database: Database, person: Person, receipt: str) -> "pd.Series[Any]":
    """The row of submissions.history with that receipt; for who sent it themselves, too."""
    sent = submissions.receipt_of(database, receipt)
    frame = submissions.history(database, sent.member_id, sent.return_name, sent.period)
    row = frame[frame["receipt"] == sent.receipt].iloc[0]
    sender = str(row["submitted_by"]).rpartition("<")[2].rstrip(">")  # as submissions.signed has it
    if sender != person.email:
        require(database, person, READS, sent.member_id, f"what is known of {sent.receipt}")
    return row
