-- Minimal tables that the judge reads, for test cases of rules.
create schema kpi;
create schema ops;
create schema staging;
create schema marts;

create table kpi.fct_kpi (
    shop varchar,
    metric varchar,
    entity_type varchar,
    entity varchar,
    covered_by varchar,
    grain varchar,
    period_start date,
    numerator decimal(18, 4),
    denominator decimal(18, 4),
    value double,
    at_stake decimal(18, 2),
    currency varchar,
    model_hash varchar
);

create table kpi.period_coverage (
    shop varchar,
    metric varchar,
    grain varchar,
    period_start date,
    days_expected bigint,
    days_covered bigint,
    missing_days date[],
    load_ids varchar[],
    missing_inputs varchar[],
    short_days date[],
    short_exports varchar[],
    missing_shops varchar[]
);

create table marts.dim_entity (
    shop varchar,
    entity_type varchar,
    entity varchar,
    name varchar,
    item_number varchar,
    status varchar
);

create table staging.stg_targets (
    shop varchar,
    metric varchar,
    grain varchar,
    period_start date,
    target double
);

create table staging.stg_shops (
    shop varchar,
    closed_weekdays varchar[]
);

create table kpi.metric_exports (
    shop varchar,
    metric varchar,
    input varchar,
    export varchar
);
