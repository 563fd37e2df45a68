-- An action can be about a promise or an outcome (`promise:…`, `outcome:…`), with what that is called,
-- and belong to a workstream that a board follows.
alter table actions add column about varchar;
alter table actions add column about_words varchar;
alter table actions add column workstream varchar;
