/*
grain: one row per service agent and day
partition: day
columns:
  pay_amount: Money paid by those who had asked, gross of later refunds, as the platform reports it
  refunded: Money given back to those who had asked, as the platform reports it
*/
with service_agent_day as (
    select *
    from staging.stg_service_agent_day
    semi join changed_days using (shop, day)
),

shops as (
    select * from staging.stg_shops
)

select
    service_agent_day.shop,
    service_agent_day.day,
    cast(date_trunc('week', service_agent_day.day) as date) as week_start,
    service_agent_day.agent,
    service_agent_day.inquiries,
    service_agent_day.paid_inquiries,
    service_agent_day.pay_amount,
    service_agent_day.first_answer_seconds,
    service_agent_day.answer_seconds,
    service_agent_day.satisfaction,
    service_agent_day.answer_rate,
    service_agent_day.answered_in_30_seconds,
    service_agent_day.refunded,
    shops.currency,
    service_agent_day.load_id
from service_agent_day
inner join shops using (shop)
