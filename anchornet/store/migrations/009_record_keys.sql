-- Of this installation alone, never shown and in nothing that leaves: what record keys are made
-- with (macros.sql). database.py fills it in, once.
create table record_key_secret (secret varchar);

-- Made-up versions of what was sent, which disclosure control no longer needs.
drop table if exists living_wage_facts_worlds;
drop table if exists local_hires_facts_worlds;
drop table if exists retention_facts_worlds;
