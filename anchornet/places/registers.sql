-- Names that were paid, and what a register's name has to begin or end with to be compared with one:
-- the first five letters of both, or the first two and the last six, or the same number.
create temp macro legal_form() as 'LTD|LIMITED|PLC|LLP|LP|CIC|CIO|L T D|P L C|C I C';

-- 'The A & B-C Ltd' is 'A AND B C LTD'.
create temp macro words(name) as
trim(regexp_replace(
    regexp_replace(replace(upper(strip_accents(name)), '&', ' AND '), '[^A-Z0-9]+', ' ', 'g'),
    '^ ?THE ', ''
));

create temp macro has_legal_form(name) as
regexp_matches(words(name) || ' ', ' (' || legal_form() || ') ');

-- Letters and digits only, as far as the ledger has them: the legal form stays.
create temp macro letters(name) as
replace(words(name), ' ', '');

-- reference.name_key, in a quarter of the time for what nearly all companies are called.
create temp macro register_key(name) as
case
    when regexp_full_match(name, '[A-Z0-9 ]+ LIMITED') and not regexp_matches(
        name,
        '^THE |T/A|TRADING AS| (LTD|LIMITED|PLC|LLP|CIC|[LP] [TL] [DCP]|C I C|COMPANY|PARTNERSHIP) .*LIMITED$| COMPANY LIMITED$'
    ) then replace(left(name, -8), ' ', '')
    else reference.name_key(name)
end;

-- A name that was cut in the middle of its legal form is compared without it.
create temp table paid as
select
    *,
    words(name) as words,
    letters(name) as letters,
    has_legal_form(name) as has_form,
    case
        when is_cut then nullif(
            reference.name_key(regexp_replace(
                words(name),
                ' (L|LI|LIM|LIMI|LIMIT|LIMITE|LT|P|PL|LL|C|CI)$', ''
            )),
            name_key
        )
    end as cut_key
from wanted;

create temp table blocks as
select paid.* exclude (name), block
from (
    select name_key, '5' || left(name_key, 5) as block from paid
    union all
    select name_key, left(name_key, 2) || right(name_key, 6) from paid where length(name_key) >= 9
    union all
    select name_key, 'n' || unnest(org_ids) from paid
)
join paid using (name_key);

create temp table candidates (
    name_key varchar, org_id varchar, how varchar, score double, name varchar, matched varchar,
    postcode varchar, status varchar, type varchar, source varchar, position integer,
    same_form boolean
);

-- === A register's rows.
select
    trim({name}) as name,
    {org_id} as org_id,
    {postcode} as postcode,
    {status} as status,
    {type} as type,
    {former} as former
from {source}
where {counts};

-- === Those of some of its rows that are like a name. A part of a register at a time: of a file DuckDB
-- guesses that it has few rows, and would keep them all to look the names up among them.
create or replace temp table keyed as
with variants as (
    select * exclude (name, former), name as register_name, name as matched
    from part
    union all
    select *
    from (
        select * exclude (name, former), name as register_name, unnest(former) as matched
        from part
        where former is not null
    )
    where matched <> ''
)
select *, register_key(matched) as key
from variants;

insert into candidates
with
blocked as (
    select *, '5' || left(key, 5) as block from keyed
    union all
    select *, left(key, 2) || right(key, 6) from keyed
    union all
    select *, 'n' || org_id from keyed
),
pairs as (
    select
        paid.* exclude (block, refused), register.* exclude (block),
        case
            when list_contains(paid.org_ids, register.org_id) then 'number'
            when key = paid.name_key then if(matched = register.register_name, 'name', 'former_name')
            when is_cut and (
                key = cut_key
                or length(paid.letters) >= 20 and starts_with(letters(matched), paid.letters)
            ) then 'beginning'
        end as certain,
        case
            when length(key) between 0.6 * length(paid.name_key) and 1.7 * length(paid.name_key)
                then jaro_winkler_similarity(key, paid.name_key, $alike)
            else 0
        end as alike,
        case
            when length(paid.name_key) >= 9 and starts_with(key, paid.name_key)
                then starts_with(words(matched), paid.words || ' ')
            else false
        end as begins
    from blocked as register
    join blocks as paid using (block)
    where not list_contains(paid.refused, register.org_id)
),
-- What takes longer is asked of the few that are left.
likely as (
    select
        * exclude (register_name), register_name as name,
        case
            -- Cut within a word, and no more words after that one: else it may be another's name.
            when is_cut and key <> name_key then key = cut_key or not contains(
                rtrim(regexp_replace(
                    words(matched), ' (' || legal_form() || ')( .*)?$', ''
                ))[length(words) + 1:],
                ' '
            ) and words(matched)[length(words) + 1] <> ' '
            else has_form = has_legal_form(matched)
        end as same_form
    from pairs
    where certain is not null or alike >= $alike or begins
),
likeliest as (
    select name_key, arg_max(
        {
            org_id: org_id,
            how: coalesce(certain, 'similar'),
            score: if(certain is null, greatest(alike, if(begins, 0.9, 0)), 1),
            name: name,
            matched: matched,
            postcode: postcode,
            status: status,
            type: type,
            same_form: same_form
        },
        if(certain is null, greatest(alike, if(begins, 0.9, 0)), 2),
        4
    ) as likeliest
    from likely
    group by name_key
),
found as (
    select name_key, unnest(likeliest, recursive := true) from likeliest
)
select
    name_key, org_id, how, score, name, matched, reference.postcode(postcode), status, type,
    $source, $position, same_form
from found
qualify row_number() over (
    partition by name_key, org_id order by how = 'similar', score desc, matched = name desc
) = 1;

-- === What is certain, and what a person decides.
create temp table decided as
with
hows as (
    select unnest(['number', 'name', 'former_name', 'beginning', 'similar']) as how,
        unnest(range(5)) as strength
),
-- One organisation may stand in several registers: the first says where it is, any of them what it is.
organisations as (
    select
        name_key, org_id,
        arg_min(how, strength) as how,
        min(strength) as strength,
        max(score) as score,
        arg_min(name, (position, strength)) as name,
        arg_min(matched, (strength, position)) as matched,
        arg_min(postcode, (position, strength)) as postcode,
        arg_min(status, (position, strength)) as status,
        if(bool_or(type = 'vcse'), 'vcse', any_value(type)) as type,
        arg_min(source, (position, strength)) as source,
        bool_or(same_form) as same_form
    from candidates
    join hows using (how)
    group by all
),
judged as (
    select
        organisations.*,
        -- Without a legal form a name may be somebody's who only trades under it.
        same_form and (paid.has_form or length(paid.name_key) >= $distinct) as is_distinct,
        len(paid.refused) > 0 or len(paid.org_ids) > 0 as is_doubtful,
        count(*) filter (strength = 0) over same as by_number,
        count(*) filter (strength in (1, 2)) over same as by_name,
        count(*) filter (strength = 3) over same as by_beginning
    from organisations
    join paid using (name_key)
    window same as (partition by name_key)
),
sure as (
    select
        *,
        coalesce(
            case
                when strength = 0 then by_number = 1
                when by_number > 0 or is_doubtful then false
                when strength in (1, 2) then by_name = 1 and is_distinct
                when strength = 3 then same_form and by_name = 0 and by_beginning = 1
            end,
            false
        ) as is_sure
    from judged
),
ranked as (
    select
        sure.*,
        bool_or(is_sure) over (partition by name_key) as is_settled,
        row_number() over (
            partition by name_key
            order by is_sure desc, strength, score desc,
                reference.ring(coalesce(postcodes.lad_code, outcodes.lad_code)) = 'area' desc,
                sure.name, sure.org_id
        ) as rank
    from sure
    left join reference.postcodes on postcodes.postcode = sure.postcode
    left join reference.outcodes on outcodes.outcode = split_part(sure.postcode, ' ', 1)
)
select
    name_key, org_id, if(is_sure, 'taken', 'offered') as state, how, round(score, 3) as score, name,
    matched, postcode, type, status, source, rank
from ranked
where is_sure or (not is_settled and rank <= $offered)
order by name_key, rank;
