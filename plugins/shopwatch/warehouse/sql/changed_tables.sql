-- One row per changed table: the parts to read, the first month (missing: of rows without one), and whether most of
-- its rows are in changed slices.
with changed_rows as (
    select
        changed_slices.table_name,
        coalesce(list_sort(list(distinct wanted.part_number) filter (wanted.part_number is not null)), []) as parts,
        if(bool_and(changed_slices.month is not null), min(changed_slices.month), null) as first_month,
        coalesce(sum(wanted.row_count), 0) as row_count
    from temp.changed_slices
    left join temp.wanted
        on changed_slices.table_name = wanted.table_name
        and changed_slices.shop is not distinct from wanted.shop
        and changed_slices.month is not distinct from wanted.month
    group by changed_slices.table_name
),

all_rows as (
    select table_name, sum(row_count) as row_count from temp.wanted group by table_name
)

select
    changed_rows.table_name,
    changed_rows.parts,
    changed_rows.first_month,
    2 * changed_rows.row_count > coalesce(all_rows.row_count, 0) as is_mostly_new
from changed_rows
left join all_rows using (table_name)
