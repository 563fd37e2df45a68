-- A line is of pounds or of units; one that has both is two promises.
-- What one developer promised of one measure under one planning application is one promise.
create temp table contributions as
with
listed as (
    select
        *,
        reference_key(text_developer_agreement_contribution) as contribution,
        reference_key(text_developer_agreement) as agreement,
        text_units <> '' and read_units is distinct from 0 as of_units
    from contributions_lines
),
each as (
    select
        *,
        'gbp' as kind,
        read_amount::decimal(18, 4) as promised
    from listed
    where not of_units or (text_amount <> '' and read_amount is distinct from 0)
    union all
    select
        *,
        'units' as kind,
        read_units::decimal(18, 4) as promised
    from listed
    where of_units
    union all by name
    -- What only the transactions name, once somebody has chosen a measure for it: promised is what
    -- was secured; where no line says that, what was received, which had been.
    select
        file,
        min(line) as line,
        mode(text_developer_agreement_contribution) as text_developer_agreement_contribution,
        mode(text_developer_agreement_contribution) as text_developer_agreement,
        '' as text_contribution_purpose,
        '' as text_start_date,
        min(read_start_date) as read_start_date,
        reference_key(text_developer_agreement_contribution) as contribution,
        contribution as agreement,
        'gbp' as kind,
        coalesce(
            sum(read_amount) filter (where read_contribution_funding_status = 'secured'),
            sum(read_amount) filter (where read_contribution_funding_status = 'received')
        )::decimal(18, 4) as promised
    from transactions_lines
    where
        coalesce(read_start_date <= period_end(), text_start_date = '')
        and exists (from purposes where text = '' and measure is not null)
        and contribution not in (select contribution from listed)
    group by file, contribution
    having promised > 0
)
select
    each.file,
    each.line,
    each.contribution,
    each.kind,
    each.promised,
    each.text_developer_agreement_contribution,
    each.text_developer_agreement,
    each.text_contribution_purpose,
    coalesce(each.text_amount, '') as text_amount,
    coalesce(each.text_units, '') as text_units,
    each.text_start_date,
    purposes.measure,
    names.agreement is not null as agreement_listed,
    agreement_listed and usable.agreement is null as agreement_left_out,
    coalesce(usable.application, plain(each.text_developer_agreement)) as agreement_ref,
    coalesce(usable.read_start_date, each.read_start_date) as starts_on,
    case when usable.read_end_date > usable.read_start_date then usable.read_end_date end as ends_on,
    nullif(plain(usable.text_site), '') as site,
    nullif(plain(usable.text_developer), '') as developer,
    concat_ws(' | ', reference_key(agreement_ref), purposes.measure, lower(developer)) as promise
from each
left join (select distinct agreement from agreements) as names using (agreement)
left join agreements_usable as usable using (agreement)
left join purposes
    on purposes.text = each.text_contribution_purpose and purposes.kind = each.kind;
