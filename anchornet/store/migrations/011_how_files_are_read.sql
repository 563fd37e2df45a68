-- How a member's files are read where that can't be seen from them: {sheets, heading_line,
-- month_first}.
alter table mappings add column reading json;

-- Of a finding in a workbook of which several sheets were read.
alter table findings add column sheet varchar;

-- A row that takes a supplier out again: what an undone load had added.
alter table suppliers add column removed boolean;
