-- Fills the scratch catalogue `reference` each time a database is opened. {postcodes}, {outcodes},
-- {wards}, {authorities}, {home_areas}, {not_suppliers}, {area} and {wider_area} are written in as
-- literals, and {org_id} as SQL: a view or a macro can't hold bound parameters. The columns are those
-- of data/reference/README.md. A line is placed by two left joins, the second only a fallback:
-- coalesce(postcodes.lad_code, outcodes.lad_code). Beyond Great Britain, and in Wales where no
-- authority is known, the place of an authority's code is taken by a country's.

-- Views where a table would take long to fill: the file of postcodes is sorted by them, so that a join
-- reads only the row groups it can match in.
create or replace view reference.postcodes as
select postcode, lad_code, ward_code, lsoa21_code, imd2025_decile
from read_parquet({postcodes});

-- lad_code is the fallback for a partial or retired postcode: only where at least nine tenths of
-- the outward code's postcodes lie in one authority. Beyond Great Britain no postcode is listed, and
-- the outward code says the country.
create or replace table reference.outcodes as
select outcode, case when main_lad_share >= 0.9 then main_lad_code end as lad_code
from read_csv({outcodes}, header = true, auto_detect = false, delim = ',', quote = '"', columns = {{
  'outcode': 'varchar', 'lat': 'float', 'lon': 'float',
  'main_lad_code': 'varchar', 'main_lad_share': 'double'
}})
union all
select letters || number, lad_code
from (
  values ('BT', 'N92000002'), ('GY', 'L93000001'), ('JE', 'L93000001'), ('IM', 'M83000003'),
    ('BF', 'abroad'), ('GX', 'abroad')
) as beyond (letters, lad_code)
cross join (select unnest(range(1, 100)) as number);

create or replace table reference.wards as
from read_csv({wards}, header = true, auto_detect = false, delim = ',', quote = '"', columns = {{
  'ward_code': 'varchar', 'ward_name': 'varchar', 'lad_code': 'varchar'
}});

create or replace table reference.authorities as
from read_csv({authorities}, header = true, auto_detect = false, delim = ',', quote = '"', columns = {{
  'lad_code': 'varchar', 'lad_name': 'varchar',
  'combined_authority_code': 'varchar', 'combined_authority_name': 'varchar',
  'region_code': 'varchar', 'region_name': 'varchar',
  'country_code': 'varchar', 'country_name': 'varchar'
}})
union all by name
select unnest(['N92000002', 'L93000001', 'M83000003', 'W92000004', 'abroad']) as lad_code,
  unnest(['Northern Ireland', 'Channel Islands', 'Isle of Man', 'Wales', 'Abroad']) as lad_name;

-- Every code that a home area can be given by. `changed`: it is no longer in use, and stands for
-- where at least half of its postcodes lie today. A Welsh small area is only known to be in Wales,
-- which says nothing to a network that is in Wales itself.
create or replace view reference.home_areas as
select
  code,
  case
    when lad_code <> 'W92000004' or not contains(concat({area}, {wider_area}), 'W') then lad_code
  end as lad_code,
  ward_code, imd2025_decile, changed
from read_parquet({home_areas});

-- What may be in a name of someone who is paid, and is no supplier: offered, and never applied.
create or replace table reference.not_suppliers as
from read_csv({not_suppliers}, header = true, auto_detect = false, delim = ',', columns = {{
  'words': 'varchar', 'reason': 'varchar'
}});

-- The ring of a local authority code: area first, because the wider area includes it.
create or replace macro reference.ring(lad_code) as
case
  when lad_code is null then 'unknown'
  when lad_code in ({area}) then 'area'
  when lad_code in ({wider_area}) then 'wider_area'
  else 'elsewhere'
end;

-- 'm1 1ad' and 'M11AD' are 'M1 1AD'; null when the text isn't a whole postcode.
create or replace macro reference.postcode(text) as
nullif(
  regexp_extract(
    regexp_replace(
      regexp_replace(upper(text), '[^A-Z0-9]', '', 'g'), '^(.+)(...)$', '\1 \2'
    ),
    '^[A-Z]{{1,2}}[0-9][0-9A-Z]? [0-9][A-Z]{{2}}$'
  ),
  ''
);

-- The outward code of a whole or partial postcode: 'M1 1AD', 'M1 1' and 'M1' are 'M1'.
create or replace macro reference.outcode(text) as
nullif(
  regexp_extract(
    coalesce(reference.postcode(text), upper(trim(text))),
    '^([A-Z]{{1,2}}[0-9][0-9A-Z]?)(?: +[0-9][A-Z]{{0,2}})?$',
    1
  ),
  ''
);

-- 'GB-COH-1234567' is 'GB-COH-01234567': returns read since are written so, and earlier ones not.
create or replace macro reference.org_id(text) as {org_id};

-- Whether a name says only that nobody may read it. It stands for many, who are no one supplier.
create or replace macro reference.is_redacted(name) as
regexp_matches(name, '\b(redacted|withheld)\b', 'i');

-- One key for the spellings of one supplier. What is dropped (case, accents, punctuation, spaces,
-- a leading THE, the legal form at the end) is what Companies House disregards when it refuses a
-- name as "the same as" a registered one (SI 2015/17, schedule 3), so that two companies can't
-- differ by it alone. A trading name goes with the name before it. Places, numbers and words such
-- as UK or GROUP stay. Each step uses its input once: a macro is written out where it is used.
create or replace macro reference.name_key(name) as
nullif(
  replace(
    replace(
      regexp_extract(
        replace(
          regexp_replace(
            ' ' || replace(upper(strip_accents(name)), '&', ' AND ') || ' ',
            '[^\p{{L}}\p{{N}}/]+', ' ', 'g'
          ),
          ' COMPANY ', ' CO '
        ),
        '^ ?(?:T/A )?(?:THE )?(.+?)(?: (?:LTD|LIMITED|PLC|LLP|CIC|L T D|P L C|L L P|C I C|PUBLIC LIMITED CO|COMMUNITY INTEREST CO|LIMITED LIABILITY PARTNERSHIP))*(?: (?:T/A|TRADING AS) .*)? ?$',
        1
      ),
      ' ', ''
    ),
    '/', ''
  ),
  ''
);
