create temp table prepared as
select
    'contract' as source,
    plain(text_reference) as agreement_ref,
    nullif(coalesce(nullif(plain(text_title), ''), plain(text_description)), '') as agreement_title,
    -- Without the VAT that is recovered.
    read_value + coalesce(read_irrecoverable_vat, 0) as agreement_value_gbp,
    read_start_date as starts_on,
    read_end_date as ends_on,
    nullif(plain(text_lot), '') as lot,
    plain(text_supplier_name) as organisation_name,
    organisation_id,
    measure,
    nullif(plain(text_own_words), '') as own_words,
    read_promised as promised,
    read_due_on as due_on,
    read_delivered as delivered,
    read_evidenced as evidenced
from contracts_usable;
