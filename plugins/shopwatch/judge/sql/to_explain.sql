/*
grain: one row per firing period of a history
*/
with firing as (
    select * from judged_firing
)

select history, period_start from firing
