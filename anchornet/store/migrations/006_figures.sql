-- Figures that were kept under a reference, as they were asked for; nothing of them is kept but
-- what they were asked for, because a figure as at a moment never changes.
create table figures (
    reference varchar,        -- 'AN-7K2M9XQ4'
    indicator varchar,
    chart varchar,
    breakdown varchar,        -- null: none
    period date,
    span varchar,             -- the window: 'month', 'rolling_12'
    as_at timestamp,          -- UTC, always a moment
    kind varchar,             -- of members; null: the whole network
    area varchar,             -- code of a local authority; null: everywhere
    recorded_at timestamp,
    recorded_by varchar
);

-- What was decided about them: a figure without a row here is a draft.
create table figure_decisions (
    reference varchar,
    state varchar check (state in ('draft', 'approved', 'withdrawn')),
    embargo_until date,       -- public from that day on; null: at once
    recorded_at timestamp,
    recorded_by varchar
);
