/*
grain: one row per shop, week, KPI, dimension and driver
partition: onward
note: >
  What drove the change of a ratio (pay conversion, ROAS, margin, refund rate, value per order) against the week before, by the
  parts of a dimension. mix_effect: a part that is better or worse than the whole has more or less of the denominator than
  before. rate_effect: the part's own ratio moved. With w a part's share of the denominator, r its ratio, R the whole's and ~ the
  mean of both weeks, they are (w - w before) x (~r - ~R) and ~w x (r - r before), as Griliches and Regev take
  productivity apart (Journal of Econometrics 65, 1995); both together, over all parts, are the whole change. What a part has
  without a denominator (refunds of goods sold on another day) counts as rate. Compared are the weekdays that the dimension's
  export covers in both weeks and of which every numerator is known. A part that moved like the rest keeps its distance from the
  whole: the differences of its weekdays test that (ratio estimator of Cochran, Sampling Techniques, chapter 6; Student's t, its
  variance moderated as in Smyth, Statistical Applications in Genetics 3, 2004). The ten with the greatest effect are named.
columns:
  metric: KPI of the ratio (pay_conversion, roas, margin, refund_rate, value_per_order)
  dimension: What it is taken apart by (product, channel, campaign, tool, region, buyer_kind)
  dimension_rank: Place of the dimension among those of the KPI, the one that explains most first
  dimension_chance: >-
    Chance that the part farthest from the rest is as far if all moved alike: the least chance of its parts times their number
  days_compared: Weekdays of the two weeks that are compared
  ratio: The KPI in the week, of all parts of the dimension
  ratio_compared: The same in the week before
  ratio_moved: ratio minus ratio_compared
  moved_chance: Chance that the ratio moves as much by nothing but the scatter of days; missing for fewer than three
  driver_kind: "What the row is (driver is one part, other all further ones, unattributed what names no part)"
  driver: Id of the part; missing where it is many
  rank: Place within the dimension, the greatest effect first, the rest last
  value: The ratio of the part in the week; missing without a denominator
  value_compared: The same in the week before
  weight: Share of the part in the denominator of the week
  weight_compared: The same in the week before
  mix_effect: What the part's weight added to the ratio, or took from it
  rate_effect: What the part's own ratio added, or took
  effect: mix_effect and rate_effect
  share_of_change: effect as a share of ratio_moved; missing where the ratio did not move
  chance: Chance that a part which moved like the rest is as far from it; missing for a single day, and for many parts
*/
with parts as (
    select * from intermediate.int_ratio_part_day
),

covered_days as (
    select * from intermediate.int_covered_days
),

changed as (
    select shop, week_start from changed_onward_weeks
),

this_week as (
    select parts.*, dayofweek(parts.day) as weekday
    from parts
    semi join changed using (shop, week_start)
),

week_before as (
    select
        parts.* exclude (week_start),
        cast(parts.week_start + 7 as date) as week_start,
        dayofweek(parts.day) as weekday
    from parts
    semi join changed on parts.shop = changed.shop and parts.week_start + 7 = changed.week_start
),

both_weeks as (
    select shop, week_start, metric, dimension, driver, weekday, numerator from this_week
    union all
    select shop, week_start, metric, dimension, driver, weekday, numerator from week_before
),

dimensions as (
    select
        *,
        case
            when metric = 'roas' then 'ad_day'
            when dimension = 'channel' then 'source_day'
            when metric in ('refund_rate', 'value_per_order') then 'orders'
            else 'product_day'
        end as input
    from (select distinct shop, week_start, metric, dimension from both_weeks)
),

unknown_days as (
    select distinct shop, week_start, metric, dimension, weekday
    from both_weeks
    where numerator is null
),

covered as (
    select dimensions.*, dayofweek(covered_days.day) as weekday
    from dimensions
    inner join covered_days
        on
            dimensions.shop = covered_days.shop
            and dimensions.input = covered_days.input
            and covered_days.day between dimensions.week_start - 7 and dimensions.week_start + 6
),

compared_days as (
    select shop, week_start, metric, dimension, weekday
    from covered
    anti join unknown_days using (shop, week_start, metric, dimension, weekday)
    group by shop, week_start, metric, dimension, weekday
    having count(*) = 2
),

drivers as (
    select distinct shop, week_start, metric, dimension, driver
    from both_weeks
    semi join compared_days using (shop, week_start, metric, dimension, weekday)
),

-- What a report of the day does not list had nothing.
part_days as (
    select
        drivers.shop,
        drivers.week_start,
        drivers.metric,
        drivers.dimension,
        drivers.driver,
        compared_days.weekday,
        coalesce(this_week.numerator, 0) as n,
        coalesce(this_week.denominator, 0) as d,
        coalesce(week_before.numerator, 0) as n_compared,
        coalesce(week_before.denominator, 0) as d_compared
    from drivers
    inner join compared_days using (shop, week_start, metric, dimension)
    left join this_week
        on
            drivers.shop = this_week.shop
            and drivers.week_start = this_week.week_start
            and drivers.metric = this_week.metric
            and drivers.dimension = this_week.dimension
            and drivers.driver is not distinct from this_week.driver
            and compared_days.weekday = this_week.weekday
    left join week_before
        on
            drivers.shop = week_before.shop
            and drivers.week_start = week_before.week_start
            and drivers.metric = week_before.metric
            and drivers.dimension = week_before.dimension
            and drivers.driver is not distinct from week_before.driver
            and compared_days.weekday = week_before.weekday
),

day_sums as (
    select
        shop,
        week_start,
        metric,
        dimension,
        weekday,
        sum(n) as n,
        sum(d) as d,
        sum(n_compared) as n_compared,
        sum(d_compared) as d_compared
    from part_days
    group by shop, week_start, metric, dimension, weekday
),

week_sums as (
    select
        shop,
        week_start,
        metric,
        dimension,
        count(*) as days,
        cast(sum(n) as double) as week_n,
        cast(sum(d) as double) as week_d,
        cast(sum(n_compared) as double) as week_n_compared,
        cast(sum(d_compared) as double) as week_d_compared,
        week_n / week_d as ratio,
        week_n_compared / week_d_compared as ratio_compared
    from day_sums
    group by shop, week_start, metric, dimension
    having week_d > 0 and week_d_compared > 0
),

part_sums as (
    select
        shop,
        week_start,
        metric,
        dimension,
        driver,
        cast(sum(n) as double) as part_n,
        cast(sum(d) as double) as part_d,
        cast(sum(n_compared) as double) as part_n_compared,
        cast(sum(d_compared) as double) as part_d_compared
    from part_days
    group by shop, week_start, metric, dimension, driver
),

-- apart: how far the part is from the ratio of the whole.
weeks as (
    select
        part_sums.*,
        week_sums.* exclude (shop, week_start, metric, dimension),
        part_sums.part_d / week_sums.week_d as weight,
        part_sums.part_d_compared / week_sums.week_d_compared as weight_compared,
        (part_sums.part_n - week_sums.ratio * part_sums.part_d) / week_sums.week_d as apart,
        (part_sums.part_n_compared - week_sums.ratio_compared * part_sums.part_d_compared) / week_sums.week_d_compared
            as apart_compared
    from part_sums
    inner join week_sums using (shop, week_start, metric, dimension)
),

-- How far the day is from the ratio of the week, and its share of the denominator.
days as (
    select
        day_sums.shop,
        day_sums.week_start,
        day_sums.metric,
        day_sums.dimension,
        day_sums.weekday,
        cast(day_sums.d as double) / week_sums.week_d as day_share,
        cast(day_sums.d_compared as double) / week_sums.week_d_compared as day_share_compared,
        (cast(day_sums.n as double) - week_sums.ratio * cast(day_sums.d as double)) / week_sums.week_d as deviation,
        (cast(day_sums.n_compared as double) - week_sums.ratio_compared * cast(day_sums.d_compared as double))
        / week_sums.week_d_compared as deviation_compared
    from day_sums
    inner join week_sums using (shop, week_start, metric, dimension)
),

-- The deviations of a part's days from its distance to the whole add up to zero in each week.
differences as (
    select
        weeks.shop,
        weeks.week_start,
        weeks.metric,
        weeks.dimension,
        weeks.driver,
        days.weekday,
        (part_days.n - weeks.ratio * part_days.d) / weeks.week_d
        - weeks.weight * days.deviation
        - weeks.apart * days.day_share as deviation,
        (part_days.n_compared - weeks.ratio_compared * part_days.d_compared) / weeks.week_d_compared
        - weeks.weight_compared * days.deviation_compared
        - weeks.apart_compared * days.day_share_compared as deviation_compared
    from part_days
    inner join days using (shop, week_start, metric, dimension, weekday)
    inner join weeks
        on
            part_days.shop = weeks.shop
            and part_days.week_start = weeks.week_start
            and part_days.metric = weeks.metric
            and part_days.dimension = weeks.dimension
            and part_days.driver is not distinct from weeks.driver
),

scatter as (
    select
        shop,
        week_start,
        metric,
        dimension,
        driver,
        sum_of_weekdays((deviation - deviation_compared) ** 2, weekday) as squares
    from differences
    group by shop, week_start, metric, dimension, driver
),

scatter_of_all as (
    select
        shop,
        week_start,
        metric,
        dimension,
        sum_of_weekdays((deviation - deviation_compared) ** 2, weekday) as squares
    from days
    group by shop, week_start, metric, dimension
),

taken_apart as (
    select
        weeks.*,
        scatter.squares * weeks.days / nullif(weeks.days - 1, 0) as variance,
        scatter_of_all.squares * weeks.days / nullif(weeks.days - 1, 0) as variance_of_all,
        weeks.apart - weeks.apart_compared as moved_apart,
        weeks.ratio - weeks.ratio_compared as ratio_moved,
        weeks.part_n / nullif(weeks.part_d, 0) as value,
        weeks.part_n_compared / nullif(weeks.part_d_compared, 0) as value_compared,
        (coalesce(value, value_compared, 0) + coalesce(value_compared, value, 0)) / 2 as value_mean,
        (weeks.weight - weeks.weight_compared) * (value_mean - (weeks.ratio + weeks.ratio_compared) / 2) as mix_effect,
        weeks.part_n / weeks.week_d
        - weeks.part_n_compared / weeks.week_d_compared
        - (weeks.weight - weeks.weight_compared) * value_mean as rate_effect,
        abs(weeks.part_n) + abs(weeks.part_n_compared) as size
    from weeks
    inner join scatter_of_all using (shop, week_start, metric, dimension)
    inner join scatter
        on
            weeks.shop = scatter.shop
            and weeks.week_start = scatter.week_start
            and weeks.metric = scatter.metric
            and weeks.dimension = scatter.dimension
            and weeks.driver is not distinct from scatter.driver
),

sized as (
    select
        *,
        size / nullif(sum(size order by driver) over one_dimension, 0) as share,
        count(*) over one_dimension as parts
    from taken_apart
    window one_dimension as (
        partition by shop, week_start, metric, dimension
        order by driver rows between unbounded preceding and unbounded following
    )
),

-- The scatter of a part, from seven days, is uncertain itself: it counts half, and half what all parts scatter for their size.
tested as (
    select
        *,
        sum(variance) over one_kpi / nullif(sum(share * (1 - share)) over one_kpi, 0) as variance_by_size,
        (variance + variance_by_size * share * (1 - share)) / 2 as moderate_variance,
        abs(moved_apart) / nullif(sqrt(moderate_variance), 0) as distance,
        chance_of(moved_apart, sqrt(moderate_variance), 2 * (days - 1)) as chance,
        chance_of(ratio_moved, sqrt(variance_of_all), days - 1) as moved_chance
    from sized
    window one_kpi as (
        partition by shop, week_start, metric
        order by dimension, driver rows between unbounded preceding and unbounded following
    )
),

ranked as (
    select
        *,
        row_number() over (
            partition by shop, week_start, metric, dimension, driver is null
            order by abs(mix_effect + rate_effect) desc, driver
        ) as place,
        case when driver is null then 'unattributed' when place <= 10 then 'driver' else 'other' end as driver_kind,
        case when driver is null then 12 else least(place, 11) end as rank
    from tested
),

-- The least chance of many parts is small by itself: times their number (Bonferroni).
dimension_chances as (
    select
        shop,
        week_start,
        metric,
        dimension,
        least(min(chance) * any_value(parts), 1) as dimension_chance,
        max(distance) as greatest_distance
    from ranked
    group by shop, week_start, metric, dimension
),

dimension_ranks as (
    select
        *,
        row_number() over (
            partition by shop, week_start, metric order by dimension_chance nulls last, greatest_distance desc, dimension
        ) as dimension_rank
    from dimension_chances
)

select
    ranked.shop,
    ranked.week_start,
    ranked.metric,
    ranked.dimension,
    any_value(dimension_ranks.dimension_rank) as dimension_rank,
    any_value(dimension_ranks.dimension_chance) as dimension_chance,
    any_value(ranked.days) as days_compared,
    any_value(ranked.ratio) as ratio,
    any_value(ranked.ratio_compared) as ratio_compared,
    any_value(ranked.ratio_moved) as ratio_moved,
    any_value(ranked.moved_chance) as moved_chance,
    ranked.driver_kind,
    if(ranked.driver_kind = 'driver', ranked.driver, null) as driver,
    cast(ranked.rank as bigint) as rank,
    sum(ranked.part_n order by ranked.driver) / nullif(sum(ranked.part_d order by ranked.driver), 0) as value,
    sum(ranked.part_n_compared order by ranked.driver) / nullif(sum(ranked.part_d_compared order by ranked.driver), 0)
        as value_compared,
    sum(ranked.weight order by ranked.driver) as weight,
    sum(ranked.weight_compared order by ranked.driver) as weight_compared,
    sum(ranked.mix_effect order by ranked.driver) as mix_effect,
    sum(ranked.rate_effect order by ranked.driver) as rate_effect,
    sum(ranked.mix_effect + ranked.rate_effect order by ranked.driver) as effect,
    effect / nullif(any_value(ranked.ratio_moved), 0) as share_of_change,
    if(ranked.driver_kind = 'driver', any_value(ranked.chance), null) as chance
from ranked
inner join dimension_ranks using (shop, week_start, metric, dimension)
group by
    ranked.shop,
    ranked.week_start,
    ranked.metric,
    ranked.dimension,
    ranked.driver_kind,
    if(ranked.driver_kind = 'driver', ranked.driver, null),
    ranked.rank
