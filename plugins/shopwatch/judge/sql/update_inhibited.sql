-- Brings inhibited_by up to date for the alerts that were explained again.
update ops.verdicts
set inhibited_by = again.inhibited_by
from (
    select judged_to_explain.history, judged_explained.inhibited_by
    from judged_to_explain
    left join judged_explained using (history, period_start)
) as again
where verdicts.rowid = again.history and verdicts.inhibited_by is distinct from again.inhibited_by
