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

both_weeks as (
    select
        parts.* exclude (week_start),
        parts.week_start,
        dayofweek(parts.day) as weekday,
        true as is_now
    from parts
    semi join changed using (shop, week_start)
    union all
    select
        parts.* exclude (week_start),
        cast(parts.week_start + 7 as date) as week_start,
        dayofweek(parts.day) as weekday,
        false as is_now
    from parts
    semi join changed on parts.shop = changed.shop and parts.week_start + 7 = changed.week_start
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
        sides.is_now,
        coalesce(both_weeks.numerator, 0) as n,
        coalesce(both_weeks.denominator, 0) as d
    from drivers
    inner join compared_days using (shop, week_start, metric, dimension)
    cross join (select unnest([true, false]) as is_now) as sides
    left join both_weeks
        on
            drivers.shop = both_weeks.shop
            and drivers.week_start = both_weeks.week_start
            and drivers.metric = both_weeks.metric
            and drivers.dimension = both_weeks.dimension
            and drivers.driver is not distinct from both_weeks.driver
            and compared_days.weekday = both_weeks.weekday
            and sides.is_now = both_weeks.is_now
),

summed as (
    select
        *,
        cast(sum(n) over one_day as double) as day_n,
        cast(sum(d) over one_day as double) as day_d,
        cast(sum(n) over one_part as double) as part_n,
        cast(sum(d) over one_part as double) as part_d,
        cast(sum(n) over one_week as double) as week_n,
        cast(sum(d) over one_week as double) as week_d
    from part_days
    window
        one_day as (partition by shop, week_start, metric, dimension, is_now, weekday),
        one_part as (partition by shop, week_start, metric, dimension, is_now, driver),
        one_week as (partition by shop, week_start, metric, dimension, is_now)
),

-- apart: how far the part is from the ratio of the whole. The deviations of its days from that add up to zero.
scattered as (
    select
        *,
        week_n / week_d as ratio,
        part_d / week_d as weight,
        (part_n - ratio * part_d) / week_d as apart,
        (day_n - ratio * day_d) / week_d as deviation_of_all,
        (n - ratio * d) / week_d - weight * deviation_of_all - apart * day_d / week_d as deviation
    from summed
    where week_d > 0
),

differences as (
    select
        shop,
        week_start,
        metric,
        dimension,
        driver,
        weekday,
        sum(if(is_now, deviation, -deviation) order by is_now) as difference,
        sum(if(is_now, deviation_of_all, -deviation_of_all) order by is_now) as difference_of_all
    from scattered
    group by shop, week_start, metric, dimension, driver, weekday
),

scatter as (
    select
        shop,
        week_start,
        metric,
        dimension,
        driver,
        count(*) as days,
        sum(difference * difference order by weekday) * days / nullif(days - 1, 0) as variance,
        sum(difference_of_all * difference_of_all order by weekday) * days / nullif(days - 1, 0) as variance_of_all
    from differences
    group by shop, week_start, metric, dimension, driver
),

weeks as (
    select
        shop,
        week_start,
        metric,
        dimension,
        driver,
        any_value(ratio) filter (where is_now) as ratio,
        any_value(ratio) filter (where not is_now) as ratio_compared,
        any_value(part_n) filter (where is_now) as part_n,
        any_value(part_n) filter (where not is_now) as part_n_compared,
        any_value(part_d) filter (where is_now) as part_d,
        any_value(part_d) filter (where not is_now) as part_d_compared,
        any_value(week_d) filter (where is_now) as week_d,
        any_value(week_d) filter (where not is_now) as week_d_compared,
        any_value(apart) filter (where is_now) - any_value(apart) filter (where not is_now) as moved_apart
    from scattered
    group by shop, week_start, metric, dimension, driver
    having count(distinct is_now) = 2
),

taken_apart as (
    select
        weeks.*,
        scatter.days,
        scatter.variance,
        scatter.variance_of_all,
        weeks.ratio - weeks.ratio_compared as ratio_moved,
        weeks.part_d / weeks.week_d as weight,
        weeks.part_d_compared / weeks.week_d_compared as weight_compared,
        weeks.part_n / nullif(weeks.part_d, 0) as value,
        weeks.part_n_compared / nullif(weeks.part_d_compared, 0) as value_compared,
        (coalesce(value, value_compared, 0) + coalesce(value_compared, value, 0)) / 2 as value_mean,
        (weight - weight_compared) * (value_mean - (weeks.ratio + weeks.ratio_compared) / 2) as mix_effect,
        weeks.part_n / weeks.week_d - weeks.part_n_compared / weeks.week_d_compared - (weight - weight_compared) * value_mean
            as rate_effect,
        abs(weeks.part_n) + abs(weeks.part_n_compared) as size
    from weeks
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
