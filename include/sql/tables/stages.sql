/*
grain: one row per shop and stage of the manual, as the week left it
*/
with stages as (
    select * from review.weekly_stage
    where week_start = $week
)

select
    stages.*,
    'stage_' || stages.stage as stage_name,
    if(stages.is_weakest, 'weakest', if(stages.state = 'watch', 'watch_stage', stages.state)) as standing
from stages
order by stages.shop, stages.stage
