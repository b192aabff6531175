/*
grain: one row: the file of this load, and where its original is
*/
with loads as (
    select * from ops.loads
)

select
    shop,
    file,
    sha256,
    state
from loads
where load_id = $load
