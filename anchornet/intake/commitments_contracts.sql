create temp table contracts as
with
listed as (
    select
        contracts_lines.*,
        measures.measure,
        case
            when regexp_full_match(reference_key(text_company_number), '[A-Z]{0,2}\d{1,8}R?')
                then 'GB-COH-' || reference_key(text_company_number)
            when regexp_full_match(reference_key(text_charity_number), '\d{1,7}')
                then 'GB-CHC-' || reference_key(text_charity_number)
        end as organisation_id
    from contracts_lines
    left join measures on measures.text = text_measure
)
select
    *,
    coalesce(coalesce(read_delivered, 0) < read_promised, false) as open,
    row_number() over (
        partition by
            reference_key(text_reference),
            coalesce(organisation_id, lower(plain(text_supplier_name))),
            reference_key(text_lot),
            coalesce(measure, text_measure)
        order by file, line
    ) - 1 as times_before
from listed;
