/*
grain: one row per shop, area and item to set up
*/
with checklist as (
    select * from raw.checklist
)

select
    shop,
    area,
    item,
    owner,
    due_on,
    done_on,
    expires_on,
    source,
    load_id,
    line
from checklist
