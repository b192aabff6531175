-- How many files the shop warehouse was built with that the raw warehouse knows no more; $left_out: SHA-256 of those
-- that a replay left out knowingly.
with known as (
    select distinct sha256 from ops.loads
    where state != 'rejected' and not list_contains(cast($left_out as varchar []), sha256)
)

select count(*)
from known
anti join raw.loads as loads using (sha256)
