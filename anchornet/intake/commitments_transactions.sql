create temp table transactions as
with
promised as (
    select
        contribution,
        kind,
        count(distinct promise) as promises,
        any_value(promise) as promise
    from contributions_usable
    group by all
),
listed as (
    select
        *,
        reference_key(text_developer_agreement_contribution) as contribution,
        read_contribution_funding_status as status,
        coalesce(read_units, 0) <> 0 as of_units,
        case when of_units then 'units' else 'gbp' end as kind,
        -- Neither of them, or both, says nothing.
        case
            when of_units and coalesce(read_amount, 0) = 0 then read_units
            when not of_units and read_amount <> 0 then read_amount
        end::decimal(18, 4) as amount,
        status is not null and coalesce(read_start_date <= period_end(), text_start_date = '') as by_then
    from transactions_lines
)
select
    listed.*,
    contribution in (select contribution from contributions) as contribution_listed,
    exists (from purposes where text = '' and measure is not null) as has_measure,
    coalesce(promised.promises, 0) as promises,
    promised.promise,
    sum(amount) filter (where by_then and status = 'received') over of_promise as received,
    sum(amount) filter (where by_then and status = 'spent') over of_promise as spent
from listed
left join promised using (contribution, kind)
window of_promise as (partition by promised.promise);
