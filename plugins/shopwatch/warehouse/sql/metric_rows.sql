-- Common shape of all KPIs.
create or replace table kpi.metric_rows (
    metric varchar,
    model_hash varchar,
    shop varchar,
    entity_type varchar,
    entity varchar,
    grain varchar,
    period_start date,
    numerator decimal(18, 4),
    denominator decimal(18, 4),
    value double,
    at_stake decimal(18, 2)
)
