/*
grain: one row a file that was not taken whole, with the first rows that were kept out
*/
with loads as (
    select * from ops.loads
),

quarantine as (
    select * from ops.quarantine
),

kept_out as (
    select
        load_id,
        list(
            struct_pack(
                line := line,
                column_name := column_name,
                value := value,
                reason := reason,
                reason_code := reason_code,
                reason_values := reason_values
            )
            order by line, column_name
        )[:$examples] as examples
    from quarantine
    group by load_id
)

select
    loads.load_id,
    coalesce(loads.shop, '') as shop,
    loads.file,
    case loads.state when 'rejected' then 'rejected' when 'failed' then 'failed' else 'quarantined' end as kind,
    coalesce(loads.reason, '') as reason,
    loads.reason_code,
    loads.reason_values,
    loads.rows_quarantined as row_count,
    coalesce(kept_out.examples, []) as examples
from loads
left join kept_out using (load_id)
where loads.state in ('rejected', 'failed') or loads.rows_quarantined > 0
order by loads.shop, loads.file, loads.load_id
