-- Keeps the verdicts of all parts in the order of time, as update_verdicts.sql does.
create or replace table ops.verdicts as
from judged_verdicts
order by period_start, rule;

drop table judged_verdicts;
