/*
grain: one row a file that was not taken whole, with the first rows that were kept out, and one a comparison of layers and shop that differs
*/
with loads as (
    select * from ops.loads
),

quarantine as (
    select * from ops.quarantine
),

reconciliation as (
    select * from ops.reconciliation
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
),

not_whole as (
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
),

differing as (
    select
        reconciliation || '/' || shop || '/' || hash(list(reconciliation order by day)) as load_id,
        shop,
        reconciliation as file,
        'differs' as kind,
        '' as reason,
        'layers_differ' as reason_code,
        cast(to_json({
            'days': list(day order by day)[:$examples],
            'expected': sum(money_expected),
            'found': sum(money_found)
        }) as varchar) as reason_values,
        count(*) as row_count,
        [] as examples
    from reconciliation
    group by reconciliation, shop
),

notes as (
    select * from not_whole
    union all
    select * from differing
)

select
    load_id,
    shop,
    file,
    kind,
    reason,
    reason_code,
    reason_values,
    row_count,
    examples
from notes
order by shop, file, load_id
