/*
grain: one row per alert of the night's news that a team knows as open ($keys), under its own key or an earlier one
*/
with cards as (
    select * from ops.news_cards
)

select
    key,
    rule,
    shop
from cards
where list_has_any(cast($keys as varchar[]), list_append(others, key))
