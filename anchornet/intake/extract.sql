-- What both extracts share. `list_lines` has for each person the line, and for each field f of the
-- declaration text_f (the cell; '' where there is no such column), read_f (its value or code; null
-- where it can't be read) and has_f (whether there is such a column).

-- A year of two digits is the latest one that is not after a day on which it would be too late.
create or replace temp macro full_year(day, latest) as
case
    when year(day) >= 100 then day
    when day + interval 2000 year <= latest then (day + interval 2000 year)::date
    else (day + interval 1900 year)::date
end;

-- `Porter`, `porter` and `PORTER` are one group, under the spelling that is used most.
create or replace temp macro one_spelling(words) as
nullif(mode(words) over (partition by lower(words)), '');

-- Where they live. A postcode that is not listed stands for where its outward code lies, as
-- suppliers' do. In the wider area the code says more than `outside`.
create or replace temp table homes as
with
asked as (
    select
        line,
        reference.postcode(text_home_postcode) as postcode,
        reference.outcode(text_home_postcode) as outcode
    from list_lines
),
placed as (
    select
        line,
        reference.ring(coalesce(postcodes.lad_code, outcodes.lad_code)) as ring,
        coalesce(postcodes.lsoa21_code, postcodes.ward_code) as smallest
    from asked
    left join reference.postcodes using (postcode)
    left join reference.outcodes using (outcode)
)
select
    line,
    case
        when ring = 'area' then coalesce(smallest, 'not_known')
        when ring = 'wider_area' then coalesce(smallest, 'outside')
        when ring <> 'unknown' then 'outside'
        else 'not_known'
    end as home_area,
    case
        when ring = 'area' then 'local'
        when ring <> 'unknown' then 'outside'
        else 'not_known'
    end as home_area_group
from placed;

create or replace temp table dated as
select
    *,
    full_year(read_start_date, period_end() + interval 10 year) as started
from list_lines;
