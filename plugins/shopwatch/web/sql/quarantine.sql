/*
grain: one row per quarantined row of a file, newest files first; at most $most
*/
with quarantine as (
    select * from ops.quarantine
),

loads as (
    select load_id, loaded_at from ops.loads
),

shops as (
    select * from marts.dim_shop
)

select
    coalesce(shops.title, quarantine.shop) as shop_title,
    quarantine.source,
    quarantine.file,
    quarantine.line,
    quarantine.column_name,
    quarantine.value,
    quarantine.reason,
    quarantine.reason_code,
    quarantine.reason_values,
    count(*) over () as rows_all
from quarantine
left join loads using (load_id)
left join shops using (shop)
order by loads.loaded_at desc, quarantine.file, quarantine.line, quarantine.column_name
limit $most
