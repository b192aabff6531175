/*
grain: one row per history (histories.sql) and closed period
note: >
  streak counts consecutive closed data periods in breach; state is that of the alert of this rule and entity at the
  end of the period. A history that does not begin here continues from its state before (judged_carried).
*/
with rules as (
    select * from judged_rules
),

verdicts as (
    select * from judged_examined
),

carried as (
    select * from judged_carried
),

judged as (
    select
        verdicts.history,
        verdicts.period_start,
        verdicts.verdict,
        verdicts.verdict = 'breach' or (rules.gap = 'count' and verdicts.verdict != 'ok') as is_hit,
        verdicts.verdict in ('ok', 'breach') or rules.gap = 'count' as is_counted,
        verdicts.verdict = 'ok' or (rules.gap = 'reset' and verdicts.verdict != 'breach') as ends_streak,
        rules.gap = 'reset' and verdicts.verdict in ('no_data', 'blocked') as ends_window,
        coalesce(
            verdicts.reason = 'over'
            or meets(verdicts.measured, rules.clear_comparison, rules.clear_low, rules.clear_high),
            false
        )
        and verdicts.verdict in ('ok', 'breach') as is_clear,
        rules.periods,
        rules.periods_of,
        rules.clear_periods,
        coalesce(carried.streak, 0) as carried_streak,
        coalesce(carried.clear_streak, 0) as carried_clear_streak,
        carried.firing_since as carried_since
    from verdicts
    inner join rules using (rule)
    left join carried using (history)
),

grouped as (
    select
        judged.*,
        count(*) filter (where ends_streak) over one_history as streak_number,
        count(*) filter (where ends_window) over one_history as window_number,
        count(*) filter (where verdict in ('ok', 'breach') and not is_clear) over one_history as clearing_number
    from judged
    window one_history as (partition by history order by period_start)
),

streaks as (
    select
        *,
        count(*) filter (where is_hit) over (
            partition by history, streak_number order by period_start
        ) + if(streak_number = 0, carried_streak, 0) as streak,
        count(*) filter (where is_clear) over (
            partition by history, clearing_number order by period_start
        ) + if(clearing_number = 0, carried_clear_streak, 0) as clear_streak,
        count(*) filter (where is_hit) over (
            partition by history, window_number, is_counted order by period_start
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
        coalesce(last_value(mark ignore nulls) over one_history = 'fires', carried_since is not null) as is_firing,
        last_value(if(mark = 'clears', period_start, null) ignore nulls) over one_history as cleared_at
    from marked
    window one_history as (
        partition by history order by period_start
        rows between unbounded preceding and current row
    )
)

select
    history,
    period_start,
    cast(streak as bigint) as streak,
    cast(clear_streak as bigint) as clear_streak,
    case
        when is_firing then 'firing'
        when verdict = 'breach' or (verdict != 'ok' and streak > 0) then 'pending'
        else 'quiet'
    end as state,
    if(
        is_firing,
        least(
            min(if(mark = 'fires', period_start, null)) over (partition by history, cleared_at order by period_start),
            if(cleared_at is null, carried_since, null)
        ),
        null
    ) as firing_since
from held
