/*
grain: one row per shop, week and planned campaign that is near, runs, or has ended at most 14 days before
note: >
  State of each campaign of the plan at the end of the week, or on the night where the week is open; its last week is its
  result. Money is that of marts.fct_plan_day, the shares are those of kpi.fct_kpi.
columns:
  plan: Id of the planned campaign, its month and name
  state: How far it is (coming, warming_up, under_way, over)
  gaps: How many of department and budget the plan lacks
  days_to_start: Days until the campaign starts; below zero once it has
  is_warmup_price_set: Whether the warm-up price holds
  spend_so_far: Ad spend of the shop from the first day of the warm-up, or the start, up to the end
  budget_used: What was spent, as a share of the budget (meta.metrics)
  revenue_so_far: Revenue of the shop from the start up to the end
  goal_reached: Revenue by its goal, of a campaign that is over (meta.metrics)
*/
with plan_day as (
    select * from marts.fct_plan_day
),

kpi as (
    select * from kpi.fct_kpi
    where entity_type = 'plan'
),

night as (
    select night from meta.night
),

of_week as (
    select
        plan_day.*,
        cast(date_trunc('week', plan_day.day) as date) as week_start,
        night.night
    from plan_day
    cross join night
    where plan_day.day <= night.night
    qualify row_number() over (
        partition by plan_day.shop, plan_day.plan, date_trunc('week', plan_day.day)
        order by plan_day.day desc
    ) = 1
)

select
    of_week.shop,
    of_week.week_start,
    cast(of_week.week_start + 6 as date) as week_end,
    of_week.plan,
    of_week.campaign,
    of_week.campaign_kind,
    of_week.starts_on,
    of_week.ends_on,
    case
        when of_week.is_over then 'over'
        when of_week.days_to_start <= 0 then 'under_way'
        when of_week.is_warming_up then 'warming_up'
        else 'coming'
    end as state,
    of_week.owner,
    of_week.gaps,
    of_week.days_to_start,
    of_week.is_warmup_price_set,
    of_week.budget,
    of_week.spend_so_far,
    used.value as budget_used,
    of_week.revenue_goal,
    of_week.revenue_so_far,
    reached.value as goal_reached,
    of_week.currency,
    of_week.week_start + 6 <= of_week.night as is_closed,
    of_week.night as as_of
from of_week
left join kpi as used
    on
        of_week.shop = used.shop
        and of_week.plan = used.entity
        and of_week.day = used.period_start
        and used.metric = 'budget_used'
left join kpi as reached
    on
        of_week.shop = reached.shop
        and of_week.plan = reached.entity
        and of_week.day = reached.period_start
        and reached.metric = 'goal_reached'
