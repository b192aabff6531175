/*
grain: one row per file received, the newest first; $most of those after the first $skipped
note: >
  $states selects by state; $texts, in lower case, are looked for in the names of the file and its shop, and $sources are
  kinds of exports that fit the text as well
*/
with loads as (
    select * from ops.loads
    where list_contains($states, state)
),

shops as (
    select * from marts.dim_shop
),

texts as (
    select unnest($texts) as text
)

select
    loads.load_id,
    loads.source,
    coalesce(shops.title, loads.shop) as shop_title,
    loads.file,
    loads.state,
    loads.reason,
    loads.reason_code,
    loads.reason_values,
    loads.rows_loaded,
    loads.rows_quarantined,
    loads.first_day,
    loads.last_day,
    loads.absent_columns,
    loads.loaded_at,
    count(*) over () as files_all
from loads
left join shops using (shop)
where
    list_contains($sources, loads.source)
    or exists (
        select 1 from texts
        where
            contains(lower(loads.file), texts.text)
            or contains(lower(coalesce(shops.title, loads.shop, '')), texts.text)
    )
order by loads.loaded_at desc, loads.load_id
limit $most offset $skipped
