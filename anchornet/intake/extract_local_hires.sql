create or replace temp table people as
with
aged as (
    select
        *,
        case when year(started) between 1930 and 2100 then started end as start_date,
        date_sub(
            'year', full_year(read_date_of_birth, start_date - interval 14 year), start_date
        ) as age_by_birth
    from dated
),
banded as (
    select
        *,
        case when age_by_birth between 14 and 100 then age_by_birth else read_age end as age_then,
        case
            when age_then between 14 and 24 then 'under_25'
            when age_then between 25 and 49 then '25_49'
            when age_then between 50 and 100 then '50_plus'
            else read_age_band
        end as band
    from aged
)
select
    *,
    coalesce(start_date between period_start() and period_end(), false) as counted,
    coalesce(read_pathway, 'standard') as pathway,
    one_spelling(plain(text_role_group)) as role_group,
    one_spelling(coalesce(read_contract_type, plain(text_contract_type))) as contract_type,
    case
        when has_date_of_birth or has_age or has_age_band then coalesce(band, 'not_known')
    end as age_band,
    case when has_ethnicity then coalesce(read_ethnicity, 'not_known') end as ethnicity,
    case when has_out_of_work then coalesce(read_out_of_work, 'not_known') end as out_of_work,
    read_paid_real_living_wage as paid_real_living_wage,
    case when read_starts_fte > 0 and read_starts_fte <= 1 then read_starts_fte end as starts_fte
from banded
join homes using (line);

create or replace temp table prepared as
select
    home_area,
    pathway,
    role_group,
    contract_type,
    age_band,
    ethnicity,
    out_of_work,
    paid_real_living_wage,
    count(*) as starts,
    -- Of a part of the group it would be a figure of nobody.
    case when count(starts_fte) = count(*) then sum(starts_fte) end as starts_fte
from people
where counted
group by all;
