-- An LSOA is placed where most of its postcodes are. One that we don't know lies outside the
-- network's boundary when we know every LSOA inside it; otherwise nobody knows.
create or replace temp table home_areas as
with
small_areas as (
    select
        lsoa21_code as home_area,
        mode(lad_code) as lad_code,
        mode(ward_code) as ward_code,
        mode(imd2025_decile) as imd_decile
    from reference.postcodes
    where lsoa21_code is not null
    group by all
),
boundary as (
    select bool_and(lad_code in (select lad_code from small_areas)) as known
    from reference.authorities
    where reference.ring(lad_code) in ('area', 'wider_area')
)
select home_area, lad_code, ward_code, imd_decile
from small_areas
union all
select ward_code, lad_code, ward_code, null
from reference.wards
union all
select distinct home_area, 'outside', null, null
from local_hires_rows
join adding using (submission_id)
where home_area = 'outside'
    or home_area like 'E01%'
        and home_area not in (select home_area from small_areas)
        and (select known from boundary);

create or replace temp table new_local_hires_facts as
select
    addition_id,
    home_area,
    lad_code,
    ward_code,
    imd_decile,
    pathway,
    role_group,
    age_band,
    ethnicity,
    out_of_work,
    paid_real_living_wage,
    sum(applications)::bigint as applications,
    sum(offers)::bigint as offers,
    sum(starts)::bigint as starts,
    sum(starts_fte) as starts_fte,
    coalesce(sum(starts) filter (applications is null), 0)::bigint as starts_without_applications,
    coalesce(sum(starts) filter (offers is null), 0)::bigint as starts_without_offers,
    record_key([
        'local_hires', member_id, period::varchar, home_area, pathway, role_group, age_band,
        ethnicity, out_of_work, paid_real_living_wage::varchar
    ]) as record_key
from local_hires_rows
join adding using (submission_id)
join submissions using (submission_id)
left join home_areas using (home_area)
group by all;
