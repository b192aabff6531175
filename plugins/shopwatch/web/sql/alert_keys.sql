/*
grain: one row per alert among $keys
*/
with alerts as (
    select * from ops.alerts
)

select key
from alerts
where list_contains($keys, key)
order by key
