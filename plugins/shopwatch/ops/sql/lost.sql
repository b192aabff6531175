-- Known loads whose original is not among $there (shop/sha256[:16]), counted per export and shop.
with known as (
    select distinct on (load_id) *
    from loads
    order by load_id, rows_loaded desc
)

select
    source,
    shop,
    count(*) as files,
    sum(rows_loaded)::bigint as row_count,
    min(first_day) as first_day,
    max(last_day) as last_day
from known
where not list_contains(cast($there as varchar []), shop || '/' || left(sha256, 16))
group by source, shop
order by source, shop
