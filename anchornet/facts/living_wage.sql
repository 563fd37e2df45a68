-- One row per line. Which of several reports of one employer counts is chosen when a figure is
-- asked for, because it hangs on who else reports it: see [facts.living_wage] of catalogue.toml.
-- An employer that stays as it was has one record key in every month, or months could be averaged.

create or replace temp table new_living_wage_facts as
select
    adding.addition_id,
    rows.line,
    reference.org_id(rows.employer_id) as employer_id,
    coalesce(reference.name_key(rows.employer_name), upper(rows.employer_name)) as name_key,
    rows.employer_postcode as postcode,
    rows.sector,
    rows.relationship,
    rows.status,
    rows.accredited_on,
    rows.renewal_due_on,
    rows.lapsed_on,
    coalesce(postcodes.lad_code, outcodes.lad_code) as lad_code,
    postcodes.ward_code,
    postcodes.imd2025_decile as imd_decile,
    rows.workers_covered,
    rows.workers_uplifted,
    rows.workers_below,
    record_key([
        'living_wage', member_id,
        coalesce(reference.org_id(rows.employer_id), name_key || '|' || coalesce(rows.employer_postcode, ''))
    ]) as record_key
from living_wage_rows as rows
join adding using (submission_id)
join submissions using (submission_id)
left join reference.postcodes on postcodes.postcode = reference.postcode(rows.employer_postcode)
left join reference.outcodes on outcodes.outcode = reference.outcode(rows.employer_postcode);
