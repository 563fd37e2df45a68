-- Every table is appended to and never changed: the current state is the last row of a key,
-- chosen when it is read (store/macros.sql). Times are UTC. What must be true is checked before
-- a row is appended, so that no key or constraint of the engine is needed.

create table meta (
    name varchar,
    value varchar,
    recorded_at timestamp
);

create table members (
    member_id varchar,
    name varchar,
    kind varchar,
    org_id varchar,
    starts_on date,
    ends_on date,          -- the last day as a member
    successor_id varchar,
    recorded_at timestamp,
    recorded_by varchar
);

-- Dates of a period that differ from the settings' days.
create table periods (
    period date,
    due_on date,
    closes_on date,
    corrections_close_on date,
    recorded_at timestamp,
    recorded_by varchar
);

-- A member's own headings: {field: heading}.
create table mappings (
    member_id varchar,
    return_name varchar,
    columns json,
    recorded_at timestamp,
    recorded_by varchar
);

create table suppliers (
    supplier_key varchar,  -- the name, normalised
    name varchar,
    org_id varchar,
    postcode varchar,
    branch_postcode varchar,
    size varchar,
    type varchar,
    excluded varchar,      -- null, or why it is left out of network totals: 'tax', 'payroll', …
    source varchar,
    recorded_at timestamp,
    recorded_by varchar
);

create table targets (
    member_id varchar,     -- null: the network's
    indicator varchar,
    baseline_period date,
    baseline double,
    target_period date,
    target double,
    profile json,          -- null: a straight line; else {"2026-09": 120}
    tolerance double,      -- null: the settings' tolerance
    recorded_at timestamp,
    recorded_by varchar
);

create table submissions (
    submission_id integer,
    receipt varchar,
    member_id varchar,
    return_name varchar,
    period date,
    nil boolean,
    file_name varchar,
    sha256 varchar,
    declaration_version varchar,
    columns json,          -- {field: heading} as it was used
    encoding varchar,
    delimiter varchar,
    skipped json,
    submitted_by varchar,
    accepted_at timestamp,
    rows integer,
    totals json,           -- {field: "1234.50"}: decimals as text, so that they stay exact
    warnings integer,
    note varchar           -- the sentence that accepted the warnings
);

create table withdrawals (
    submission_id integer,
    withdrawn_at timestamp,
    withdrawn_by varchar,
    reason varchar
);

-- The bytes as they were sent, once for each different file.
create table originals (
    sha256 varchar,
    length bigint,         -- before compression
    content blob           -- zstd
);

create table findings (
    submission_id integer,
    rule varchar,
    severity varchar,
    line integer,
    column_name varchar,
    value varchar,
    message varchar,
    cure varchar
);

-- One row each time a submission was added up (again when the supplier directory changes).
create table additions (
    addition_id integer,
    submission_id integer,
    return_name varchar,
    added_at timestamp
);
