-- Macros that several models use.

-- The change from one value to another as a share of the earlier; missing where either is, or the earlier is zero.
create or replace temporary macro change(now_value, then_value) as
    if(then_value = 0, null, (cast(now_value as double) - cast(then_value as double)) / abs(cast(then_value as double)));

-- Whether a number meets a comparison with its limits.
create or replace temporary macro meets(number, comparison, low, high) as
    case comparison
        when 'below' then number < low
        when 'above' then number > low
        when 'at_most' then number <= low
        when 'at_least' then number >= low
        when 'between' then number between low and high
        else number < low or number > high
    end;

-- The last day of a period.
create or replace temporary macro period_end(grain, period_start) as
    cast(case grain
        when 'day' then period_start
        when 'week' then period_start + interval 6 day
        else period_start + interval 1 month - interval 1 day
    end as date);

-- How long a period is.
create or replace temporary macro period_length(grain) as
    case grain when 'day' then interval 1 day when 'week' then interval 7 day else interval 1 month end;

-- The last day that an export of events covers. Where the time of the export is stated it is the last whole day before
-- it, else the day of the last row. An export that ends more than a month before its stated time was cut to a range.
create or replace temporary macro covered_until(last_day, exported_at, version_rule) as
    case
        when
            version_rule = 'name'
            and cast(exported_at as date) - 1 > last_day
            and cast(exported_at as date) - 1 <= last_day + 31
            then cast(exported_at as date) - 1
        else last_day
    end;

-- The days that an export of events covers; an empty one with a stated time covers the day before it.
create or replace temporary macro covered_span(first_day, last_day, exported_at, version_rule) as
    case
        when first_day is not null
            then generate_series(first_day, covered_until(last_day, exported_at, version_rule), interval 1 day)
        when version_rule = 'name'
            then [cast(cast(exported_at as date) - 1 as timestamp)]
        else []
    end;

-- A number, or zero where it is below; missing stays missing (greatest() would make it zero).
create or replace temporary macro not_below_zero(number) as if(number < 0, 0, number);

-- Whether the money for an order is with the seller or held for the seller. A deposit of an order that waits for payment is no
-- payment, and cash on delivery is none before it is confirmed. What was closed had been paid where after-sales were
-- opened for it. An export with neither payment nor status is a list of sales.
create or replace temporary macro is_money_in(status, paid_at, payment_method, is_sales_list, refund_status) as
    coalesce(status, 'paid') != 'unpaid'
    and (
        paid_at is not null
        or coalesce(status = 'closed' and refund_status != 'none', false)
        or (status is null and coalesce(is_sales_list, false))
        or (
            coalesce(status in ('paid', 'shipped', 'delivered', 'completed', 'refunded'), false)
            and not coalesce(regexp_matches(payment_method, '货到付款|(?i)cash on delivery|(?i)\bcod\b'), false)
        )
    );

-- Whether a presale (分阶段订单信息: 阶段1：已付款50.00；阶段2：未付款450.00) has only its deposit paid: the last of its stages
-- is not paid, and what was paid, refunds included, is less than the price.
create or replace temporary macro is_deposit_only(stages, paid_gross, payable) as
    coalesce(
        regexp_matches(stages, '阶段')
        and not regexp_matches(regexp_extract(stages, '.*阶段(.*)$', 1), '已付|已支付|已完成')
        and coalesce(paid_gross < payable, true),
        false
    );

-- The amount refunded so far of an amount `gross`; missing while it is unknown. A sale that was paid and then closed was
-- refunded in full where no amount is stated.
create or replace temporary macro refunded_of(gross, is_paid, stated, status, refund_status, is_complete) as
    case
        when not is_paid then 0
        when stated is not null then abs(stated)
        when gross = 0 then 0
        when status in ('closed', 'refunded') then gross
        when refund_status = 'refunded' then null
        when refund_status is not null or is_complete then 0
    end;

-- The sum of a number, missing where it is missing for anything that has the other.
create or replace temporary macro whole_sum(number, other) as if(count(number) < count(other), null, sum(number));

-- whole_sum of money, to the cent.
create or replace temporary macro whole_money(number, other) as cast(whole_sum(number, other) as decimal(18, 2));

-- A cost: what a settlement states of it, and the rest at the declared rates; missing where the rest has no rate.
create or replace temporary macro cost_of(kind, declared, undeclared, stated, at_rates) as
    case
        when list_contains(undeclared, kind) then null
        when list_contains(declared, kind) then stated + at_rates
        else stated
    end;

-- What ads brought, missing where it is missing for anything that cost money.
create or replace temporary macro whole_ad_revenue(ad_revenue, spend) as
    if(bool_or(ad_revenue is null and spend > 0), null, sum(ad_revenue));

-- Pieces to order now, of a unit that is watched every day: none while what is there and on order (`there`) is above the
-- reorder point, which is the sales expected until new stock arrives and a safety stock; else up to the sales of
-- `cover_days` more, d(T + L) + z s sqrt(T + L) - I (Jacobs and Chase, Operations and Supply Chain Management, fixed-time
-- period model).
create or replace temporary macro pieces_to_order(daily, deviation, restock_days, cover_days, safety, there) as
    if(
        there > daily * restock_days + safety * deviation * sqrt(restock_days),
        0,
        ceil(round(
            daily * (restock_days + cover_days) + safety * deviation * sqrt(restock_days + cover_days) - there, 6
        ))
    );

-- The logarithmic mean of two positive numbers, the weight of the additive Divisia index (LMDI-I, Ang 2004); missing
-- where one is not positive.
create or replace temporary macro log_mean(a, b) as
    case
        when a <= 0 or b <= 0 then null
        when a = b then cast(a as double)
        else (cast(a as double) - b) / (ln(a) - ln(b))
    end;

-- The sum of one number a weekday (0 is Sunday), in the order of the weekdays: the same bits in any order of the rows.
create or replace temporary macro sum_of_weekdays(number, weekday) as
    coalesce(max(number) filter (where weekday = 0), 0)
    + coalesce(max(number) filter (where weekday = 1), 0)
    + coalesce(max(number) filter (where weekday = 2), 0)
    + coalesce(max(number) filter (where weekday = 3), 0)
    + coalesce(max(number) filter (where weekday = 4), 0)
    + coalesce(max(number) filter (where weekday = 5), 0)
    + coalesce(max(number) filter (where weekday = 6), 0);

-- The chance that a number is at least as far from zero as this one by scatter alone: Student's t, two-sided, by the finite sums
-- of Abramowitz and Stegun (26.7.3, 26.7.4); for 3, 5 and even degrees of freedom up to 12, else missing.
create or replace temporary macro chance_of(number, error, freedom) as
    case
        when error is null or number is null then null
        when abs(number) <= 1e-12 then 1
        when error <= 1e-12 * abs(number) then 0
        else greatest(0, 1 - t_within(atan(abs(number) / error / sqrt(freedom)), freedom))
    end;

-- Chance that Student's t is within -t and t, with angle = atan(t / sqrt(freedom)).
create or replace temporary macro t_within(angle, freedom) as
    case
        when freedom = 3 then 2 / pi() * (angle + sin(angle) * cos(angle))
        when freedom = 5 then 2 / pi() * (angle + sin(angle) * (cos(angle) + 2 * cos(angle) ** 3 / 3))
        when freedom between 2 and 12 and freedom % 2 = 0
            then sin(angle) * (
                1
                + if(freedom > 2, cos(angle) ** 2 / 2, 0)
                + if(freedom > 4, 3 * cos(angle) ** 4 / 8, 0)
                + if(freedom > 6, 5 * cos(angle) ** 6 / 16, 0)
                + if(freedom > 8, 35 * cos(angle) ** 8 / 128, 0)
                + if(freedom > 10, 63 * cos(angle) ** 10 / 256, 0)
            )
    end;

-- First week to build of a review table whose partition is onward; all weeks unless the builder names one.
create or replace temporary macro first_week() as coalesce(cast(getvariable('first_week') as date), date '1900-01-01');

-- First day of the periods to build of kpi.period_coverage; all unless the builder names one.
create or replace temporary macro first_covered_day() as coalesce(cast(getvariable('first_day') as date), date '1900-01-01');
