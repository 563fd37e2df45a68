-- One row per promise and member. Which of several reports of one promise counts is chosen when a
-- figure is asked for: see [facts.commitments] of catalogue.toml. What the measure's unit and outcome
-- are is what the framework said when the return was added up. A promise that stays as it was has one
-- record key in every quarter, or quarters could be averaged.

create or replace temp table new_commitments_facts as
with
promises as (
    select
        adding.addition_id,
        submissions.member_id,
        last_day(submissions.period) as ends,
        rows.line,
        rows.source,
        rows.agreement_ref,
        rows.agreement_title,
        rows.agreement_value_gbp,
        rows.lot,
        rows.organisation_name as organisation,
        reference.org_id(rows.organisation_id) as organisation_id,
        coalesce(
            reference.name_key(rows.organisation_name), upper(rows.organisation_name)
        ) as name_key,
        upper(regexp_replace(rows.agreement_ref, '\s+', '', 'g'))
            || '|' || upper(regexp_replace(coalesce(rows.lot, ''), '\s+', '', 'g'))
            || '|' || rows.measure as promise_key,
        rows.measure,
        measures.unit,
        measures.outcome,
        rows.own_words,
        rows.starts_on,
        coalesce(rows.due_on, rows.ends_on) as due_on,
        rows.promised,
        rows.received,
        rows.delivered,
        rows.evidenced,
        rows.rating,
        coalesce(rows.published, false) as published,
        rows.stated_value_gbp,
        rows.stated_method
    from commitments_rows as rows
    join adding using (submission_id)
    join submissions using (submission_id)
    left join measures_since as measures
        on measures.measure = rows.measure
        and coalesce(measures.since <= adding.added_at, true)
    qualify row_number() over (
        partition by addition_id, line order by measures.since desc nulls last
    ) = 1
),
dated as (
    select
        *,
        promised > 0 and starts_on <= ends and coalesce(due_on > ends, true) as is_running,
        promised > 0 and coalesce(due_on <= ends, false) as was_due,
        case
            when promised > 0 and starts_on <= ends and due_on > ends
                then promised * date_diff('day', starts_on, ends)
                    / date_diff('day', starts_on, due_on)
        end as promised_by_now
    from promises
)
select
    dated.* exclude (member_id, ends),
    case when unit = 'people' then round(promised)::bigint end as promised_people,
    case when unit = 'people' then round(delivered)::bigint end as delivered_people,
    case when unit = 'gbp' then promised end as promised_gbp,
    case when unit = 'gbp' then delivered end as delivered_gbp,
    case when unit not in ('people', 'gbp') then promised end as promised_amount,
    case when unit not in ('people', 'gbp') then delivered end as delivered_amount,
    case when unit = 'gbp' then received - delivered end as unspent_gbp,
    record_key([
        'commitments', member_id, coalesce(organisation_id, name_key), promise_key
    ]) as record_key
from dated;
