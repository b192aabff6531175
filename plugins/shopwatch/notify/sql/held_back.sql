/*
grain: one row per shop (of $shops, or any) whose shard was not judged for the night, and the night of its rows
*/
with shards as (
    select * from ops.shards
)

select shop, night
from shards
where is_late and (len($shops) = 0 or list_contains(cast($shops as varchar []), shop))
order by night nulls last, shop
