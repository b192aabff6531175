/*
grain: one row a shop and metric that has a target
*/
with targets as (
    select * from seed.targets
)

select
    shop,
    metric,
    target
from targets
