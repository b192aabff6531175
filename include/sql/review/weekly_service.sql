/*
grain: one row a shop, week, and the shop or one of its service agents
note: >
  How the customers were served.
  Every number is that of kpi.fct_kpi: of a KPI of weeks the week's, of one of days that of the last day of the week
  that has one. Missing where no export tells it.
columns:
  dsr: The least of the shop's scores (meta.metrics)
  dsr_last_week: dsr of the week before
  first_answer_seconds: Seconds until the first answer, on average (meta.metrics)
  first_answer_seconds_last_week: first_answer_seconds of the week before
  satisfaction: Share of the rated chats that customers were content with (meta.metrics)
  satisfaction_last_week: satisfaction of the week before
  refund_hours: Hours from asking for a refund to the money (meta.metrics)
  refund_hours_last_week: refund_hours of the week before
  complaint_rate: Complaints as a share of orders (meta.metrics)
  complaint_rate_last_week: complaint_rate of the week before
  completeness: Share of the days for which an export of every input is there, of the KPI that lacks most; 1 is complete
*/
with kpi as (
    select
        *,
        cast(date_trunc('week', period_start) as date) as week_start
    from kpi.fct_kpi
    where
        grain in ('day', 'week')
        and entity_type in ('shop', 'agent')
        and metric in ('dsr', 'first_answer_seconds', 'satisfaction', 'refund_hours', 'complaint_rate')
),

entities as (
    select * from marts.dim_entity
),

night as (
    select night from seed.night
),

of_week as (
    select kpi.*
    from kpi
    cross join night
    where kpi.period_start <= night.night
    qualify row_number() over (
        partition by kpi.shop, kpi.metric, kpi.entity_type, kpi.entity, kpi.week_start
        order by kpi.grain desc, kpi.period_start desc
    ) = 1
),

side_by_side as (
    select
        shop,
        week_start,
        entity_type,
        entity,
        max(value) filter (where metric = 'dsr') as dsr,
        max(value) filter (where metric = 'first_answer_seconds') as first_answer_seconds,
        max(value) filter (where metric = 'satisfaction') as satisfaction,
        max(value) filter (where metric = 'refund_hours') as refund_hours,
        max(value) filter (where metric = 'complaint_rate') as complaint_rate,
        sum(at_stake) as at_stake,
        min(coverage) as completeness,
        any_value(currency) as currency
    from of_week
    group by shop, week_start, entity_type, entity
)

select
    this_week.shop,
    this_week.week_start,
    cast(this_week.week_start + 6 as date) as week_end,
    this_week.entity_type,
    this_week.entity,
    entities.name as entity_name,
    this_week.dsr,
    last_week.dsr as dsr_last_week,
    this_week.first_answer_seconds,
    last_week.first_answer_seconds as first_answer_seconds_last_week,
    this_week.satisfaction,
    last_week.satisfaction as satisfaction_last_week,
    this_week.refund_hours,
    last_week.refund_hours as refund_hours_last_week,
    this_week.complaint_rate,
    last_week.complaint_rate as complaint_rate_last_week,
    cast(this_week.at_stake as decimal(18, 2)) as at_stake,
    this_week.currency,
    this_week.completeness,
    this_week.week_start + 6 <= night.night as is_closed,
    night.night as as_of
from side_by_side as this_week
cross join night
left join side_by_side as last_week
    on
        this_week.shop = last_week.shop
        and this_week.entity_type = last_week.entity_type
        and this_week.entity = last_week.entity
        and this_week.week_start = last_week.week_start + 7
left join entities
    on
        this_week.shop = entities.shop
        and this_week.entity_type = entities.entity_type
        and this_week.entity = entities.entity
