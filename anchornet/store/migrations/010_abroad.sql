-- Whether an organisation of the directory is outside the United Kingdom. Null: nobody said.
alter table suppliers add column abroad boolean;
