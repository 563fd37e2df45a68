-- `outside` alone says no authority. A code that nobody has is as good as not known.
create or replace temp table new_local_hires_facts as
select
    addition_id,
    home_area,
    case home_area when 'outside' then 'outside' else lad_code end as lad_code,
    ward_code,
    imd2025_decile as imd_decile,
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
left join reference.home_areas on home_areas.code = home_area
group by all;
