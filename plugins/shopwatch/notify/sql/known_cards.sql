/*
grain: one row per alert of the night's news that a team knows as open ($keys), under its own key or an earlier one
*/
with cards as (
    select * from ops.news_cards
),

owners as (
    select * from ops.news_owners
)

select
    cards.key,
    cards.rule,
    cards.shop,
    owners.assigned_to
from cards
inner join owners using (key)
where list_has_any(cast($keys as varchar[]), list_append(cards.others, cards.key))
