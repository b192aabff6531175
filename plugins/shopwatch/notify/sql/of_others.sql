/*
grain: one row per alert of the night's news that the team knows as open ($keys) and is not responsible for any more
*/
with cards as (
    select * from ops.news_cards
),

own as (
    select * from own_places
)

select cards.key
from cards
anti join own using (rule, shop)
where list_has_any(cast($keys as varchar[]), list_append(cards.others, cards.key))
