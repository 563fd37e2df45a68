-- A million lines, so each is touched twice and no more: to find the payees among them, and, once
-- these are placed, to add up by whole numbers that stand for what was found.

-- Payees of one name differ in what else the line says of them: `rest` is a hash of that, since
-- whole numbers compare faster than three texts.
create or replace temp table payees as
select
    addition_id,
    supplier_name,
    hash(supplier_id, supplier_postcode, branch_postcode) as rest,
    reference.org_id(first(supplier_id)) as supplier_id,
    first(supplier_postcode) as postcode,
    first(branch_postcode) as branch_postcode,
    coalesce(bool_or(supplier_type = 'individual'), false) as individual,
    count(*) as lines,
    sum(amount_gbp) as amount
from spend_rows
join adding using (submission_id)
group by addition_id, supplier_name, rest;

-- What the file leaves blank the directory says: by org-id first, then by name, and never by the
-- name of a supplier with another org-id, nor by one that is redacted. Names of one organisation have
-- its key.
create or replace temp table known_payees as
with
own_names as (
    select
        supplier_name,
        coalesce(reference.name_key(supplier_name), upper(supplier_name)) as name_key,
        reference.is_redacted(supplier_name) as redacted
    from (select distinct supplier_name from payees)
),
names as (
    select supplier_name, coalesce(into_key, name_key) as supplier_key, redacted
    from own_names
    left join merges using (name_key)
),
by_org_id as (
    select * replace (one_id as org_id)
    from (select *, unnest(org_ids) as one_id from directory)
    qualify row_number() over (partition by one_id order by record_number desc) = 1
),
payers as (
    select reference.org_id(org_id) as org_id, min(member_id) as member_id
    from members
    where org_id is not null and member_id in (select member_id from current_members(null))
    group by all
)
select
    payees.* exclude (postcode, branch_postcode, individual),
    names.supplier_key,
    names.redacted,
    coalesce(by_org_id.abroad, by_name.abroad, false) as abroad,
    coalesce(payees.postcode, by_org_id.postcode, by_name.postcode) as postcode,
    coalesce(
        payees.branch_postcode, by_org_id.branch_postcode, by_name.branch_postcode
    ) as branch_postcode,
    coalesce(nullif(by_org_id.size, 'not_known'), nullif(by_name.size, 'not_known')) as size,
    coalesce(nullif(by_org_id.type, 'not_known'), nullif(by_name.type, 'not_known')) as type,
    coalesce(by_org_id.excluded, by_name.excluded) as excluded,
    coalesce(by_org_id.name, by_name.name) as known_name,
    payers.member_id as paid_member,
    payees.individual
        or coalesce(by_org_id.type = 'individual', by_name.type = 'individual', false)
        as individual
from payees
join names using (supplier_name)
left join by_org_id on by_org_id.org_id = payees.supplier_id
left join directory as by_name
    on by_name.name_key = names.supplier_key
    and not names.redacted
    and coalesce(list_contains(by_name.org_ids, payees.supplier_id), true)
left join payers on payers.org_id = coalesce(payees.supplier_id, by_name.org_id);

-- `place` and `side` number the combinations that the two tables of sums need. (A postcode in a
-- file or the directory has been read as M1 1AD or M1 already.)
create or replace temp table placed_payees as
with
wanted as (
    select postcode from known_payees where postcode is not null
    union
    select branch_postcode from known_payees where branch_postcode is not null
),
located as (
    select
        postcode,
        coalesce(postcodes.lad_code, outcodes.lad_code) as lad_code,
        ward_code,
        imd2025_decile as imd_decile
    from wanted
    left join reference.postcodes using (postcode)
    left join reference.outcodes on outcode = split_part(postcode, ' ', 1)
),
placed as (
    select
        payees.* exclude (postcode, branch_postcode, abroad),
        coalesce(address.lad_code, if(payees.abroad, 'abroad', null)) as lad_code,
        address.ward_code,
        address.imd_decile,
        branch.lad_code as branch_lad_code
    from known_payees as payees
    left join located as address on address.postcode = payees.postcode
    left join located as branch on branch.postcode = payees.branch_postcode
)
select
    *,
    (row_number() over ())::integer as payee,
    (dense_rank() over (
        order by addition_id, lad_code, branch_lad_code, excluded, paid_member, ward_code,
            imd_decile, size, type
    ))::integer as place,
    (dense_rank() over (
        order by addition_id, lad_code, branch_lad_code, excluded, paid_member
    ))::integer as side
from placed;

-- A left join, although every line has its payee, because DuckDB thinks that lines which are not
-- committed yet are few, and would look the payees up among the lines.
create or replace temp table sums as
select
    place, lines.supplier_size, lines.supplier_type, influenceable,
    side, category,
    payee,
    count(*) as lines,
    sum(amount_gbp) as amount
from spend_rows as lines
join adding using (submission_id)
left join placed_payees as payees
    on payees.addition_id = adding.addition_id
    and payees.supplier_name = lines.supplier_name
    and payees.rest = hash(lines.supplier_id, lines.supplier_postcode, lines.branch_postcode)
group by grouping sets (
    (place, lines.supplier_size, lines.supplier_type, influenceable),
    (side, category, influenceable),
    (payee, category)
);

create or replace temp table new_spend_facts as
with places as (
    select distinct
        place, addition_id, lad_code, ward_code, imd_decile, branch_lad_code, excluded,
        paid_member, size, type
    from placed_payees
)
select
    places.* exclude (place, size, type),
    coalesce(nullif(supplier_size, 'not_known'), size, 'not_known') as supplier_size,
    coalesce(nullif(supplier_type, 'not_known'), type, 'not_known') as supplier_type,
    influenceable,
    sum(lines)::bigint as lines,
    sum(amount) as amount
from sums
join places using (place)
group by all;

create or replace temp table new_spend_category_facts as
with sides as (
    select distinct side, addition_id, lad_code, branch_lad_code, excluded, paid_member
    from placed_payees
)
select
    sides.* exclude (side),
    category,
    influenceable,
    sum(lines)::bigint as lines,
    sum(amount) as amount
from sums
join sides using (side)
group by all;

-- Every supplier, for the largest ones and for how many there are, of what category. The name of an
-- individual stays in the lines, and redacted names are no supplier's. Whole numbers are counted in half the time that keys are.
create or replace temp table new_spend_supplier_facts as
with named as (
    select
        payee, addition_id, supplier_key,
        if(redacted, null, md5_number_lower(supplier_key)) as supplier_number,
        supplier_id, lad_code, branch_lad_code, excluded, paid_member, redacted, individual,
        case
            when redacted then 'Redacted'
            when individual then 'Individual'
            else coalesce(
                max(known_name) over same, arg_max(supplier_name, (lines, supplier_name)) over same
            )
        end as supplier
    from placed_payees
    window same as (
        partition by addition_id, supplier_key, supplier_id, lad_code, branch_lad_code, excluded,
            paid_member, redacted, individual
    )
)
select
    named.* exclude (payee),
    category,
    sum(lines)::bigint as lines,
    sum(amount) as amount
from sums
join named using (payee)
group by all;
