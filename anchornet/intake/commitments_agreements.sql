create temp table agreements as
select
    *,
    reference_key(text_developer_agreement) as agreement,
    coalesce(
        nullif(plain(text_planning_application), ''), plain(text_developer_agreement)
    ) as application,
    row_number() over (partition by agreement order by file, line) - 1 as times_before,
    agreement in (
        select reference_key(text_developer_agreement) from contributions_lines
    ) as promises
from agreements_lines;
