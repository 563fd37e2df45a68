-- Sent by the coordinator for a member. Null in what was sent before this column: the member's own.
alter table submissions add column on_behalf boolean;
