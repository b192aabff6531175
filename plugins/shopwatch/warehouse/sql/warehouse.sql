-- Schemas of the shop warehouse, and its tables that are no models: a copy of the raw coverage it was built from, the
-- dictionary of the columns, and the fingerprints of what is written only when it changes.
create schema if not exists staging;
create schema if not exists intermediate;
create schema if not exists marts;
create schema if not exists kpi;
create schema if not exists review;
create schema if not exists seed;
create schema if not exists meta;
create schema if not exists ops;

create table if not exists ops.coverage (
    table_name varchar, source varchar, shop varchar, day date, load_id varchar, row_count bigint
);

create table if not exists meta.columns (
    table_schema varchar,
    table_name varchar,
    column_name varchar,
    data_type varchar,
    description varchar,
    table_grain varchar,
    table_note varchar,
    description_zh varchar
);

alter table meta.columns add column if not exists description_zh varchar;

create table if not exists meta.written (table_name varchar, content varchar);

-- Models that changed since the last search for personal data, and the first day of the rows that did; missing: any row.
create table if not exists meta.unsearched (table_name varchar, first_day date);

-- Periods whose KPIs a build wrote since the rules were judged; a row without a shop: all periods.
create table if not exists meta.unjudged (shop varchar, grain varchar, period_start date);

-- First days of what changed since the review tables were built, and the night and names that they have.
create table if not exists meta.unreviewed (first_day date);

create table if not exists meta.reviewed (night date);

create table if not exists meta.reviewed_entities (
    shop varchar, entity_type varchar, entity varchar, name varchar, item_number varchar
);

-- Tables that moved to another schema: a warehouse of before has them still, and the dictionary knows them no more.
drop table if exists seed.night;

drop table if exists seed.rules;
