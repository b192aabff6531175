/*
grain: one row per quarantined row of a file, newest files first; at most $most
*/
with quarantine as (
    select * from ops.quarantine
),

loads as (
    select load_id, loaded_at from ops.loads
)

select
    quarantine.shop,
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
order by loads.loaded_at desc, quarantine.file, quarantine.line, quarantine.column_name
limit $most
