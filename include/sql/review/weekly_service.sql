/*
grain: one row per shop, week, and the shop or one of its service agents
note: How the customers were served, side by side (review.weekly_entity). Missing where no export reports it.
columns:
  dsr: The lowest of the shop's scores (meta.metrics)
  dsr_last_week: dsr of the week before; missing where the week has none itself
  first_answer_seconds: Mean seconds to the first answer (meta.metrics)
  first_answer_seconds_last_week: first_answer_seconds of the week before; missing where the week has none itself
  satisfaction: Mean satisfaction (meta.metrics)
  satisfaction_last_week: satisfaction of the week before; missing where the week has none itself
  refund_hours: Mean hours from the buyer's application to the refund (meta.metrics)
  refund_hours_last_week: refund_hours of the week before; missing where the week has none itself
  complaint_rate: Complaints as a share of paid orders (meta.metrics)
  complaint_rate_last_week: complaint_rate of the week before; missing where the week has none itself
  at_stake: The greatest money at stake in one of these KPIs; no sum, as they may count the same money
  completeness: Share of the days for which an export of every input is there, of the KPI that lacks most; 1 is complete
*/
with things as (
    select * from review.weekly_entity
    where
        entity_type in ('shop', 'agent')
        and metric in ('dsr', 'first_answer_seconds', 'satisfaction', 'refund_hours', 'complaint_rate')
)

select
    shop,
    week_start,
    week_end,
    entity_type,
    entity,
    entity_name,
    max(value) filter (where metric = 'dsr') as dsr,
    max(value_last_week) filter (where metric = 'dsr') as dsr_last_week,
    max(value) filter (where metric = 'first_answer_seconds') as first_answer_seconds,
    max(value_last_week) filter (where metric = 'first_answer_seconds') as first_answer_seconds_last_week,
    max(value) filter (where metric = 'satisfaction') as satisfaction,
    max(value_last_week) filter (where metric = 'satisfaction') as satisfaction_last_week,
    max(value) filter (where metric = 'refund_hours') as refund_hours,
    max(value_last_week) filter (where metric = 'refund_hours') as refund_hours_last_week,
    max(value) filter (where metric = 'complaint_rate') as complaint_rate,
    max(value_last_week) filter (where metric = 'complaint_rate') as complaint_rate_last_week,
    max(at_stake) as at_stake,
    currency,
    min(completeness) as completeness,
    is_closed,
    as_of
from things
group by all
