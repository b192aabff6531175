/*
grain: one row per service agent and day
partition: day
columns:
  satisfaction: Share of the rated chats that customers were content with; of a platform that only counts the ratings, good ones of all
  pay_amount: Money paid by those who had asked, gross of later refunds, as the platform reports it
  refunded: Money given back to those who had asked, as the platform reports it
*/
with service_agent_day as (
    select *
    from raw.service_agent_day
    semi join changed_days using (shop, day)
)

select
    shop,
    day,
    agent,
    inquiries,
    paid_inquiries,
    pay_amount,
    first_answer_seconds,
    answer_seconds,
    coalesce(satisfaction, good_ratings / nullif(ratings, 0)) as satisfaction,
    answer_rate,
    answered_in_30_seconds,
    refunded,
    source,
    load_id,
    line
from service_agent_day
