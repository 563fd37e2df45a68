-- Which records of the directory and of the members a submission was added up with: the last by
-- number of each, so that what was recorded after it is known whatever the clock said.
alter table additions add column supplier_number bigint;
alter table additions add column member_number bigint;
update additions set
    supplier_number = coalesce(
        (select max(record_number) from suppliers where recorded_at <= additions.added_at),
        -4611686018427387904
    ),
    member_number = coalesce(
        (select max(record_number) from members where recorded_at <= additions.added_at),
        -4611686018427387904
    );

-- The suppliers that were recorded at once, to be taken back at once.
alter table suppliers add column load_number bigint;
update suppliers set load_number = place
from (
    select rowid as row, dense_rank() over (order by recorded_at) as place from suppliers
) as ordered
where suppliers.rowid = ordered.row;
