/*
grain: one row per week with rows of any shop, the best to review first (closed before open, then the newest)
note: alerts are excluded, since an alert stays open in weeks without data
*/
with seen as (
    select week_start, is_closed, as_of from review.weekly_shop
    union all
    select week_start, is_closed, as_of from review.weekly_product
    union all
    select week_start, is_closed, as_of from review.weekly_ad_campaign
    union all
    select week_start, is_closed, as_of from review.weekly_stock
)

select
    week_start,
    bool_and(is_closed) as is_closed,
    max(as_of) as as_of
from seen
group by week_start
order by is_closed desc, week_start desc
