-- Slices that differ between the parts and the gathered warehouse, or exist in only one of them.
create or replace temp table changed_slices as
with now_wanted as (
    select table_name, shop, month, row_count, fingerprint from temp.wanted
),

held as (
    select table_name, shop, month, row_count, fingerprint from meta.written_slices
)

select distinct table_name, shop, month
from (
    (from now_wanted except from held)
    union all
    (from held except from now_wanted)
) as slices
