-- How the current state is chosen from appended rows, as at a moment (UTC; null: now). Where that is
-- the last row of a key, current_<table> is declared in database.py; here stands what is more.
-- Made again at the first opening by another release: these are code, not data.

-- Whether a member owes returns for a month: it was in the network on the month's last day.
create or replace macro in_network(starts_on, ends_on, month) as
    coalesce(starts_on <= last_day(month::date), true)
    and coalesce(ends_on >= last_day(month::date), true);

-- The argument stays outside the subquery, where its name can't be taken for a column's.
create or replace macro is_withdrawn(number, as_at) as
    number in (
        select withdrawals.submission_id
        from withdrawals
        where not_after(withdrawals.withdrawn_at, as_at)
    );

-- A number from 0 to 255 for what a row of facts is, a list of texts: the same for ever, and to be
-- known by nobody without the installation's secret. Disclosure control draws its noise by it.
create or replace macro record_key(what) as (
    '0x' || left(sha256((select secret from record_key_secret) || to_json(what)::varchar), 2)
)::utinyint;

create or replace macro members_in(month, as_at) as table
    select *
    from current_members(as_at)
    where in_network(starts_on, ends_on, month);

-- What counts: the last accepted submission that was not withdrawn by then, so that a withdrawal
-- brings the earlier one back. With how many still stand, and the moment of the first of them.
create or replace macro current_submissions(as_at) as table
    select submissions.*, first_accepted_at, standing
    from submissions
    join (
        select
            max(submission_id) as submission_id,
            arg_min(accepted_at, submission_id) as first_accepted_at,
            count(*) as standing
        from submissions
        where not_after(accepted_at, as_at)
            and not is_withdrawn(submission_id, as_at)
        group by member_id, return_name, period
    ) as last using (submission_id);

-- Which names are another organisation's, as at a moment, or when the record of the
-- number `last` was the last (null: now).
create or replace macro merged_names(as_at, last) as table
    select name_key, into_key
    from (
        from organisation_merges
        where not_after(recorded_at, as_at) and record_number <= coalesce(last, record_number)
        qualify row_number() over (partition by name_key order by record_number desc) = 1
    )
    where into_key is not null;

-- The directory as at a moment, or as it was when the record of the number `last` was its last (null:
-- now): one row an organisation, under the key of the name that its others were merged into. What its
-- own row lacks, those of its other names fill in. `org_ids` are all of theirs.
create or replace macro known_organisations(as_at, last) as table
    with
    names as (
        from organisations
        where not_after(recorded_at, as_at) and record_number <= coalesce(last, record_number)
        qualify row_number() over (partition by name_key order by record_number desc) = 1
    ),
    merges as (from merged_names(as_at, last))
    select
        coalesce(into_key, name_key) as name_key,
        arg_max(name, (into_key is null, record_number)) as name,
        arg_max(org_id, (into_key is null, record_number)) as org_id,
        arg_max(postcode, (into_key is null, record_number)) as postcode,
        arg_max(branch_postcode, (into_key is null, record_number)) as branch_postcode,
        arg_max(abroad, (into_key is null, record_number)) as abroad,
        arg_max(size, (into_key is null, record_number)) as size,
        arg_max(type, (into_key is null, record_number)) as type,
        arg_max(excluded, (into_key is null, record_number)) as excluded,
        arg_max(roles, (into_key is null, record_number)) as roles,
        arg_max(supplies, (into_key is null, record_number)) as supplies,
        arg_max(pathways, (into_key is null, record_number)) as pathways,
        arg_max(serves, (into_key is null, record_number)) as serves,
        arg_max(url, (into_key is null, record_number)) as url,
        arg_max(checked_on, (into_key is null, record_number)) as checked_on,
        arg_max(source, (into_key is null, record_number)) as source,
        arg_max(recorded_at, (into_key is null, record_number)) as recorded_at,
        max(record_number) as record_number,
        list(distinct org_id) filter (org_id is not null) as org_ids,
        list(distinct name order by name) filter (into_key is not null) as other_names
    from names
    left join merges using (name_key)
    where removed is not true
    group by all;

-- How each submission was last added up: see facts/build.py.
create or replace macro current_additions(as_at) as table
    select submission_id, max(addition_id) as addition_id
    from additions
    where not_after(added_at, as_at)
    group by submission_id;

-- With the moments of an action's first row and, where it is done, of its last.
create or replace macro current_actions(as_at) as table
    select
        * exclude (opened_at, record_number),
        opened_at,
        case when state = 'done' then recorded_at end as closed_at
    from (
        select *, arg_min(recorded_at, record_number) over (partition by action_id) as opened_at
        from actions
        where not_after(recorded_at, as_at)
        qualify row_number() over (
            partition by action_id order by record_number desc
        ) = 1
    );

-- Figures that are shared, each with what was decided last.
create or replace macro current_publications(as_at) as table
    select
        figures.*,
        coalesce(decided.state, 'draft') as state,
        decided.recorded_at as decided_at,
        decided.recorded_by as decided_by,
        decided.embargo_until
    from current_figures(as_at) as figures
    left join current_figure_decisions(as_at) as decided using (reference);

-- Every version of a story: whether it is the newest and whether it is public, and the story's state.
create or replace macro story_versions(as_at) as table
    with
    decided as (from current_story_decisions(as_at)),
    consented as (
        from consents
        qualify row_number() over (
            partition by picture_id order by record_number desc
        ) = 1
    )
    select
        stories.* exclude (picture_id, record_number),
        members.name as member,
        case when consented.given then stories.picture_id end as picture_id,
        case
            when decided.version = newest.version then decided.state
            when decided.state = 'approved' then 'changed'
            else 'draft'
        end as state,
        decided.recorded_at as decided_at,
        decided.recorded_by as decided_by,
        consented.people, consented.given_by, consented.given_on, consented.given_for,
        stories.version = newest.version as is_newest,
        coalesce(stories.version = decided.version and decided.state = 'approved', false)
            as is_public
    from stories
    join current_stories(as_at) as newest using (story_id)
    join current_members(null) as members on members.member_id = stories.member_id
    left join decided using (story_id)
    left join consented on consented.picture_id = stories.picture_id;

-- Submissions with what became of each and, of the same return and month, the one that counted until
-- it was sent; all of them, or of one member, return or month.
create or replace macro submission_history(of_member, of_return, of_month) as table
    with sent as (
        select submissions.*, withdrawn_at, withdrawn_by, reason
        from submissions
        left join withdrawals using (submission_id)
        where member_id = coalesce(of_member, member_id)
            and return_name = coalesce(of_return, return_name)
            and period = coalesce(of_month, period)
    ),
    corrected as (
        select sent.submission_id, max(before.submission_id) as before_id
        from sent
        join sent as before
            on before.member_id = sent.member_id
            and before.return_name = sent.return_name
            and before.period = sent.period
            and before.submission_id < sent.submission_id
            and coalesce(before.withdrawn_at > sent.accepted_at, true)
        group by all
    )
    select
        sent.*,
        members.name as member,
        case
            when sent.withdrawn_at is not null then 'withdrawn'
            when counted.submission_id is not null then 'counted'
            else 'superseded'
        end as state,
        before.receipt as receipt_before,
        before.rows as rows_before,
        before.totals as totals_before
    from sent
    left join current_members(null) as members using (member_id)
    left join corrected using (submission_id)
    left join (select submission_id from current_submissions(null)) as counted
        using (submission_id)
    left join sent as before on before.submission_id = before_id;

-- A code that is shown in words: narrative/activity.py puts them in its place.
create or replace macro coded(kind, code, period := null) as
    '{' || kind || ' ' || code || coalesce(' ' || strftime(period, '%Y-%m'), '') || '}';

create or replace macro counted(number, thing) as
    number::varchar || ' ' || thing || case when number = 1 then '' else 's' end;

-- What people did, from wherever it is recorded.
create or replace macro audit_trail() as table
    select happened_at, who, did,
        case did when 'was refused a page' then coded('action', about) else about end as about,
        member_id
    from audit
    union all
    select accepted_at, submitted_by, case when nil then 'sent a nil return' else 'sent' end,
        receipt || ', ' || coded('return', return_name, period)
            || case when on_behalf then ', on the member''s behalf' else '' end,
        member_id
    from submissions
    union all
    select withdrawn_at, withdrawn_by, 'withdrew', receipt || ': ' || coalesce(reason, ''),
        member_id
    from withdrawals join submissions using (submission_id)
    union all
    select recorded_at, recorded_by,
        case when reason is null then 'took back a question' else 'sent a return back' end,
        receipt || coalesce(': ' || reason, ''), member_id
    from sent_back join submissions using (submission_id)
    union all
    select recorded_at, recorded_by, 'set a target',
        coded('target', indicator || ' ' || coalesce(target::varchar, 'none'), target_period),
        member_id
    from targets
    union all
    select recorded_at, recorded_by, case when removed then 'took a person away' else 'recorded a person' end,
        email, null
    from people
    union all
    select recorded_at, recorded_by, case when given then 'gave a role' else 'took a role' end,
        email || ': ' || coded('role', role), member_id
    from grants
    union all
    select recorded_at, recorded_by,
        case when asked then 'asked for a role' else 'settled a role' end,
        email || ': ' || coded('role', role), member_id
    from asked_roles
    union all
    select recorded_at, recorded_by,
        case when given then 'let the coordinator see rows' else 'ended the leave to see rows' end,
        '', member_id
    from leave
    union all
    select recorded_at, recorded_by,
        case when revoked then 'revoked an API token' else 'made an API token' end,
        token_id || ': ' || name || ', ' || coded('role', role), member_id
    from api_tokens
    union all
    select recorded_at, recorded_by,
        case when removed then 'took a member away' else 'recorded a member' end, name, member_id
    from members
    union all
    select recorded_at, recorded_by, 'confirmed the columns of a return', coded('return', return_name), member_id
    from mappings
    union all
    select recorded_at, recorded_by, 'set the dates of a month', strftime(period, '%B %Y'), null
    from periods
    union all
    select recorded_at, recorded_by, 'set the first period of a return',
        coded('return', return_name, since), null
    from return_starts
    union all
    select recorded_at, recorded_by, 'changed a setting', coded('setting', name) || ': ' || left(value, 100), null
    from network_settings
    where recorded_by <> 'the settings file'
    union all
    select recorded_at, recorded_by, case when removed then 'took a meeting away' else 'recorded a meeting' end,
        name, null
    from meetings
    union all
    select recorded_at, recorded_by,
        case state when 'done' then 'closed an action' else 'recorded an action' end,
        coalesce(about_words, coded('indicator', indicator)) || ': ' || what, member_id
    from actions
    union all
    select recorded_at, recorded_by, 'recorded a figure of the area', coded('area', name), null
    from area_facts
    union all
    select recorded_at, recorded_by, 'recorded a Real Living Wage rate', rate_year, null from rates
    union all
    select recorded_at, recorded_by, 'loaded the framework', '', null from frameworks
    union all
    select recorded_at, recorded_by, 'kept a figure', reference || ': ' || coded('indicator', indicator), null
    from figures
    union all
    select recorded_at, recorded_by,
        case state
            when 'approved' then 'approved a figure'
            when 'withdrawn' then 'withdrew a figure'
            else 'made a figure a draft again'
        end,
        reference || coalesce(', until ' || embargo_until::varchar || ' under embargo', ''), null
    from figure_decisions
    union all
    select recorded_at, recorded_by,
        case version when 1 then 'wrote a story' else 'changed a story' end,
        'story ' || story_id::varchar || ': ' || title, member_id
    from stories
    union all
    select recorded_at, recorded_by,
        case state when 'approved' then 'approved a story' else 'withdrew a story' end,
        'story ' || story_id::varchar, null
    from story_decisions
    union all
    select recorded_at, recorded_by,
        case when given then 'recorded a picture' else 'ended consent to a picture' end,
        'picture ' || picture_id::varchar, null
    from consents
    union all
    select recorded_at, recorded_by,
        case when recorded_at = made_at then 'wrote an email' else 'sent an email again' end,
        coded('mail', kind) || ': ' || email, member_id
    from mail_states
    join mails using (mail_id)
    where recorded_by is not null
    union all
    select recorded_at, recorded_by, 'wrote what the network asks for',
        'version ' || version::varchar, null
    from asks
    union all
    select recorded_at, recorded_by,
        case state when 'approved' then 'approved' else 'withdrew' end
            || ' what the network asks for',
        'version ' || version::varchar, null
    from ask_decisions
    union all
    select recorded_at, recorded_by, 'recorded a need', organisation || ': ' || what, null from needs
    union all
    select recorded_at, recorded_by, 'recorded what became of a need',
        'need ' || need_id::varchar || ': ' || state, null
    from need_events
    union all
    select recorded_at, recorded_by, 'loaded standards held', counted(count(*), 'line'), null
    from standards
    group by recorded_at, recorded_by
    union all
    select recorded_at, recorded_by, 'added to the directory of organisations',
        counted(count(*), 'organisation'), null
    from organisations
    group by recorded_at, recorded_by
    union all
    select recorded_at, recorded_by,
        case when into_key is null then 'separated a name' else 'merged names of an organisation' end,
        counted(count(*), 'name'), null
    from organisation_merges
    group by all
    union all
    select recorded_at, recorded_by, 'matched names with a register',
        counted(count(*), 'name') || ', ' || coalesce(state, 'taken back'), null
    from register_matches
    group by recorded_at, recorded_by, state;
