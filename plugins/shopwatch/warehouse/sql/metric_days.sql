-- Rows of the metric files before the roll-up.
create or replace temp table metric_days (
    metric varchar,
    shop varchar,
    entity_type varchar,
    entity varchar,
    day date,
    grain varchar,
    period_start date,
    numerator decimal(18, 4),
    denominator decimal(18, 4),
    value double,
    at_stake decimal(18, 2),
    is_unknown boolean
)
