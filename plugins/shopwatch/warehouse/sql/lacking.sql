-- Number of files that the shop warehouse was built with and the raw warehouse lacks; $left_out: SHA-256 of files that
-- a replay left out deliberately.
with known as (
    select distinct sha256 from ops.loads
    where state != 'rejected' and not list_contains(cast($left_out as varchar []), sha256)
)

select count(*)
from known
anti join raw.loads as loads using (sha256)
