-- Delete the changed slices of one table.
delete from gathered_table as rows
using temp.changed_slices as changed
where changed.table_name = $name
    and rows.shop is not distinct from changed.shop
    and slice_month is not distinct from changed.month
