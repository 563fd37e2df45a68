-- Secured is not received, and received is not spent. A promise of which there is no transaction is
-- of money that may have come or not.
create temp table prepared as
with
promised as (
    select
        promise,
        kind,
        any_value(agreement_ref) as agreement_ref,
        any_value(site) as site,
        any_value(developer) as developer,
        any_value(measure) as measure,
        min(starts_on) as starts_on,
        max(ends_on) as ends_on,
        string_agg(
            distinct plain(text_contribution_purpose), '; ' order by plain(text_contribution_purpose)
        ) as own_words,
        sum(promised) as promised
    from contributions_usable
    group by all
),
steps as (
    select
        promise,
        bool_and(status = 'secured') as only_secured,
        sum(amount) filter (where status = 'received') as received,
        sum(amount) filter (where status = 'transferred') as transferred,
        coalesce(abs(sum(amount) filter (where status = 'spent')), 0) as spent
    from transactions_usable
    group by all
)
select
    'section_106' as source,
    agreement_ref,
    coalesce(site, 'Section 106 agreement ' || agreement_ref) as agreement_title,
    starts_on,
    ends_on,
    coalesce(developer, 'Developer of ' || agreement_ref) as organisation_name,
    measure,
    nullif(own_words, '') as own_words,
    promised,
    case
        when kind = 'units' then null
        when only_secured then 0
        -- Less than nothing, or than what was spent, is not all that came in.
        when steps.received >= spent then steps.received
    end as received,
    case
        when kind = 'gbp' or spent is null then spent
        -- Homes are handed over once, whatever the step is called.
        else greatest(steps.received, transferred, spent)
    end as delivered
from promised
left join steps using (promise);
