-- A cohort has one record key in every month that it is followed, or months could be averaged.
create or replace temp table new_retention_facts as
select
    addition_id,
    cohort_month,
    date_diff('month', cohort_month, period) as months_followed,
    pathway,
    home_area_group,
    sum(starters)::bigint as starters,
    sum(in_post)::bigint as in_post,
    sum(starters - in_post)::bigint as leavers,
    sum(leavers_moved_on_to_work)::bigint as leavers_moved_on_to_work,
    coalesce(sum(starters - in_post) filter (leavers_moved_on_to_work is null), 0)::bigint
        as leavers_not_followed,
    record_key([
        'retention', member_id, cohort_month::varchar, pathway, home_area_group
    ]) as record_key
from retention_rows
join adding using (submission_id)
join submissions using (submission_id)
group by all;
