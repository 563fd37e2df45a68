-- How somebody signed in: 'password', 'link' or 'provider'; null: before this was kept.
alter table keys add column how varchar;
