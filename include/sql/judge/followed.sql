/*
grain: one row a rule, shop, entity and closed period of the entities that ever counted against a rule
note: >
  judged_id is the row of ops.verdicts. streak counts closed data periods in breach in a row; state is what the alert of this rule and entity is at
  the end of the period. The others are quiet all along and need no looking at in order.
*/
with rules as (
    select * from judged_rules
),

verdicts as (
    select rowid as judged_id, * from ops.verdicts
),

counted_against as (
    select distinct verdicts.rule, verdicts.shop, verdicts.entity_type, verdicts.entity
    from verdicts
    inner join rules using (rule)
    where verdicts.verdict = 'breach' or (rules.gap = 'count' and verdicts.verdict != 'ok')
),

judged as (
    select
        verdicts.judged_id,
        verdicts.rule,
        verdicts.shop,
        verdicts.entity_type,
        verdicts.entity,
        verdicts.period_start,
        verdicts.verdict,
        verdicts.verdict = 'breach' or (rules.gap = 'count' and verdicts.verdict != 'ok') as is_hit,
        verdicts.verdict in ('ok', 'breach') or rules.gap = 'count' as is_counted,
        verdicts.verdict = 'ok' or (rules.gap = 'reset' and verdicts.verdict != 'breach') as ends_streak,
        rules.gap = 'reset' and verdicts.verdict in ('no_data', 'blocked') as ends_window,
        coalesce(
            verdicts.reason is null
            and meets(verdicts.measured, rules.clear_comparison, rules.clear_low, rules.clear_high),
            false
        ) as is_clear,
        rules.periods,
        rules.periods_of,
        rules.clear_periods
    from verdicts
    semi join counted_against using (rule, shop, entity_type, entity)
    inner join rules using (rule)
),

grouped as (
    select
        judged.*,
        count(*) filter (where ends_streak) over history as streak_number,
        count(*) filter (where ends_window) over history as window_number,
        count(*) filter (where verdict in ('ok', 'breach') and not is_clear) over history as clearing_number
    from judged
    window history as (partition by rule, shop, entity_type, entity order by period_start)
),

streaks as (
    select
        *,
        count(*) filter (where is_hit) over (
            partition by rule, shop, entity_type, entity, streak_number order by period_start
        ) as streak,
        count(*) filter (where is_clear) over (
            partition by rule, shop, entity_type, entity, clearing_number order by period_start
        ) as clear_streak,
        count(*) filter (where is_hit) over (
            partition by rule, shop, entity_type, entity, window_number, is_counted order by period_start
            rows between coalesce(periods_of, 1) - 1 preceding and current row
        ) as hits
    from grouped
),

marked as (
    select
        *,
        case
            when is_hit and if(periods_of is null, streak, hits) >= periods then 'fires'
            when verdict != 'breach' and is_clear and clear_streak >= clear_periods then 'clears'
        end as mark
    from streaks
),

held as (
    select
        *,
        last_value(mark ignore nulls) over history = 'fires' as is_firing,
        last_value(if(mark = 'clears', period_start, null) ignore nulls) over history as cleared_at
    from marked
    window history as (
        partition by rule, shop, entity_type, entity order by period_start
        rows between unbounded preceding and current row
    )
)

select
    judged_id,
    rule,
    shop,
    entity_type,
    entity,
    period_start,
    cast(streak as bigint) as streak,
    case
        when is_firing then 'firing'
        when verdict = 'breach' or (verdict != 'ok' and streak > 0) then 'pending'
        else 'quiet'
    end as state,
    if(
        is_firing,
        min(if(mark = 'fires', period_start, null)) over (
            partition by rule, shop, entity_type, entity, cleared_at order by period_start
        ),
        null
    ) as firing_since
from held
