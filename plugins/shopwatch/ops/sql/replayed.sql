-- Records that a replay built this warehouse, and the SHA-256 of the known files that it lacks.
insert into replays by name
with left_out as (
    select distinct sha256
    from known
    anti join loads using (sha256)
)

select
    cast($replayed_at as timestamp) as replayed_at,
    coalesce(list(sha256 order by sha256), []) as left_out
from left_out
