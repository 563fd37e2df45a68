create or replace temp table people as
with
left_on as (
    select
        *,
        case when year(started) between 1930 and 2100 then started end as start_date,
        full_year(read_leaving_date, period_end() + interval 10 year) as day_left,
        case when year(day_left) between 1930 and 2100 then day_left end as leaving_date
    from dated
)
select
    *,
    coalesce(
        start_date between period_start() - interval 12 month and period_end(), false
    ) as counted,
    coalesce(read_pathway, 'standard') as pathway,
    coalesce(leaving_date > period_end(), text_leaving_date = '') as in_post
from left_on
join homes using (line);

create or replace temp table prepared as
select
    strftime(start_date, '%Y-%m') as cohort_month,
    pathway,
    home_area_group,
    count(*) as starters,
    count(*) filter (in_post) as in_post,
    case
        when not any_value(has_leavers_moved_on_to_work) then null
        when count(*) filter (not in_post) = 0 then 0
        -- Of nobody who left is it known: that is not nought.
        when count(*) filter (not in_post and read_leavers_moved_on_to_work <> 'not_known') > 0
            then count(*) filter (not in_post and read_leavers_moved_on_to_work = 'yes')
    end as leavers_moved_on_to_work
from people
where counted
group by all;
