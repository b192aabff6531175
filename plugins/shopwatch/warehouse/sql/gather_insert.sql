-- Insert the changed slices of one table from one part.
insert into gathered_table by name
select rows.* from part_table as rows
semi join (
    select changed_slices.shop, changed_slices.month
    from temp.changed_slices
    inner join temp.wanted
        on changed_slices.table_name = wanted.table_name
        and changed_slices.shop is not distinct from wanted.shop
        and changed_slices.month is not distinct from wanted.month
    where changed_slices.table_name = $name and wanted.part_number = $part
) as slices
    on rows.shop is not distinct from slices.shop
    and slice_month is not distinct from slices.month
