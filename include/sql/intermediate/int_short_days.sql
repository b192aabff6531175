/*
grain: one row per export, shop and day of which the export holds less than half of its usual rows
note: >
  Usual is the median of the same weekday in the 8 weeks before, at least 4 of which are known and which is at least 20
  rows. Of an ad report the things count that it lists (campaigns, products), since the same spend may be reported by campaign or
  by ad. A report of channels with half of its rows and no fewer sessions only counts by another dimension. A shorter list
  becomes the usual size once it holds at least half of the median of the 14 lists
  before it. Days of the shop's own calendar and days on which it never trades differ anyway. A day of a snapshot is
  incomplete then; fewer orders may be real, so a day of orders stays complete. A fuller export of the day replaces the
  short one, and the row is gone.
columns:
  is_incomplete: Whether the day counts as missing for the KPIs that need the input
  row_count: Rows of the day; of ad reports the things that they list
  usual_rows: Median of the same weekday in the 8 weeks before
  load_id: The newest file of the day
*/
with coverage as (
    select * from staging.stg_coverage
),

exports as (
    select * from seed.exports
),

loads as (
    select * from staging.stg_loads
),

shops as (
    select * from staging.stg_shops
),

event_days as (
    select * from seed.event_days
),

ad_day as (
    select * from staging.stg_ad_day
),

source_day as (
    select * from staging.stg_source_day
),

advertised as (
    select
        'ad_day' as input,
        source,
        shop,
        day,
        count(distinct struct_pack(campaign_id, subject_type, subject_id, tool)) as thing_count
    from ad_day
    group by source, shop, day
),

visited as (
    select
        'source_day' as input,
        source,
        shop,
        day,
        sum(sessions) as sessions
    from source_day
    group by source, shop, day
),

lists as (
    select
        coverage.input,
        coverage.source,
        coverage.shop,
        coverage.day,
        exports.is_snapshot,
        coalesce(any_value(advertised.thing_count), sum(coverage.row_count)) as row_count,
        any_value(visited.sessions) as sessions,
        max_by(coverage.load_id, struct_pack(exported_at := loads.exported_at, load_id := coverage.load_id)) as load_id,
        cast(max(loads.exported_at) as date) as exported_on
    from coverage
    inner join exports on coverage.source = exports.export
    inner join loads on coverage.load_id = loads.load_id
    left join advertised
        on
            coverage.input = advertised.input
            and coverage.source = advertised.source
            and coverage.shop = advertised.shop
            and coverage.day = advertised.day
    left join visited
        on
            coverage.input = visited.input
            and coverage.source = visited.source
            and coverage.shop = visited.shop
            and coverage.day = visited.day
    where exports.is_snapshot or exports.input = 'orders'
    group by coverage.input, coverage.source, coverage.shop, coverage.day, exports.is_snapshot
),

-- Orders of the day of the export itself are still coming in.
whole_days as (
    select * from lists
    where is_snapshot or exported_on > day
),

sized as (
    select
        *,
        median(row_count) over weekdays as usual_rows,
        count(*) over weekdays as usual_days,
        median(sessions) over weekdays as usual_sessions,
        median(row_count) over recent as recent_rows
    from whole_days
    window
        weekdays as (
            partition by source, shop, dayofweek(day) order by day
            range between interval 56 day preceding and interval 7 day preceding
        ),
        recent as (partition by source, shop order by day rows between 14 preceding and 1 preceding)
)

select
    sized.input,
    sized.source,
    sized.shop,
    sized.day,
    sized.is_snapshot as is_incomplete,
    cast(sized.row_count as bigint) as row_count,
    cast(round(sized.usual_rows) as bigint) as usual_rows,
    sized.load_id
from sized
inner join shops using (shop)
anti join event_days using (shop, day)
where
    sized.usual_days >= 4
    and sized.usual_rows >= 20
    and sized.row_count < 0.5 * sized.usual_rows
    and sized.row_count < 0.5 * sized.recent_rows
    and coalesce(sized.sessions < 0.5 * sized.usual_sessions, true)
    and not list_contains(shops.closed_weekdays, lower(left(dayname(sized.day), 3)))
