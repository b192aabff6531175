/*
grain: one row per alert of the night's news, with the department that it was assigned to
note: assigned_to is empty where the rule's owner has the alert, so that it joins
*/
with cards as (
    select * from ops.news_cards
),

decisions as (
    select * from ops.decisions
),

assigned as (
    select alert_key as key, owner
    from decisions
    where kind = 'assign' and key not in (select lifts from decisions where lifts is not null)
    qualify row_number() over (partition by alert_key order by "at" desc) = 1
)

select
    cards.key,
    cards.rule,
    cards.shop,
    coalesce(assigned.owner, '') as assigned_to
from cards
left join assigned using (key)
