-- What models share.

-- The change from one value to another as a share of the earlier; missing where either is, or the earlier is zero.
create or replace temporary macro change(now_value, then_value) as
    if(then_value = 0, null, (cast(now_value as double) - cast(then_value as double)) / abs(cast(then_value as double)));

-- Whether a number is where a comparison wants it.
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

-- The last day that an export of events speaks of. Where the time of the export is stated it is the last whole day before
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

-- The days that an export of events speaks of; an empty one with a stated time speaks of the day before it.
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

-- The logarithmic mean of two positive numbers, the weight of the additive Divisia index (LMDI-I, Ang 2004); missing
-- where one is not positive.
create or replace temporary macro log_mean(a, b) as
    case
        when a <= 0 or b <= 0 then null
        when a = b then cast(a as double)
        else (cast(a as double) - b) / (ln(a) - ln(b))
    end;
