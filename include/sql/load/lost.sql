-- What was loaded from files whose originals are in the archive no more; $there: those that are, as shop/sha256[:16].
select
    source,
    shop,
    count(*) as files,
    sum(rows_loaded)::bigint as row_count,
    min(first_day) as first_day,
    max(last_day) as last_day
from loads
where
    state != 'rejected'
    and not list_contains(cast($there as varchar []), shop || '/' || left(sha256, 16))
group by source, shop
order by source, shop
