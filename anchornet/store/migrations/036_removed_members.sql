-- A member that was added by mistake, of whom nothing was ever recorded, leaves the list.
alter table members add column removed boolean;
