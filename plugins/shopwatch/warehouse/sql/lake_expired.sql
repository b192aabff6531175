-- Snapshots before the first of the last $nights nights. Every one names its night; the one that made the lake, none.
with snapshots as (
    select snapshot_id, try_cast(commit_extra_info as date) as night
    from ducklake_snapshots('lake')
),

nights as (
    select min(snapshot_id) as first_snapshot
    from snapshots
    where night is not null
    group by night
    order by night desc
    limit $nights
)

select snapshot_id
from snapshots
where snapshot_id < (select min(first_snapshot) from nights)
