-- Tables of the published dictionary.
create or replace table meta.metrics (
    metric varchar,
    title_zh varchar,
    title_en varchar,
    stage tinyint,
    by_entity varchar[],
    unit varchar,
    direction varchar,
    inputs varchar[],
    numerator_zh varchar,
    numerator_en varchar,
    denominator_zh varchar,
    denominator_en varchar,
    definition_zh varchar,
    definition_en varchar,
    caveat_zh varchar,
    caveat_en varchar,
    at_stake_zh varchar,
    at_stake_en varchar,
    source varchar,
    without_events varchar,
    model_hash varchar,
    sql varchar
);

create or replace table meta.columns (
    table_schema varchar,
    table_name varchar,
    column_name varchar,
    data_type varchar,
    description varchar,
    table_grain varchar,
    table_note varchar
);
