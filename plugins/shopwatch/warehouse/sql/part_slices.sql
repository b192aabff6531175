-- Slices of one table ($name). A sum of hashes does not depend on the order of the rows.
insert into meta.slices
select
    $name as table_name,
    rows.shop,
    slice_month as month,
    count(*) as row_count,
    cast(sum(hash(rows)) as varchar) as fingerprint
from sliced_table as rows
group by all
