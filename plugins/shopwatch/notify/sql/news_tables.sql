-- Minimal tables that the news of a night is gathered from, beside those of the judge.
create table marts.dim_shop as select 'shop' as shop, 'The shop' as title, 'CNY' as currency;
alter table marts.dim_entity add column first_day date;
alter table marts.dim_entity add column last_day date;
alter table staging.stg_shops add column title varchar;
alter table staging.stg_shops add column currency varchar;
insert into staging.stg_shops (shop, title, currency) values ('shop', 'The shop', 'CNY');
create table ops.loads (
    load_id varchar, shop varchar, file varchar, exported_at timestamp, state varchar, reason varchar,
    reason_code varchar, reason_values json, rows_quarantined bigint, source varchar, rows_loaded bigint
);
insert into ops.loads (load_id, shop, file, state, rows_quarantined) values ('l', 'shop', 'f', 'settled', 0);
create table ops.quarantine (
    load_id varchar, line bigint, column_name varchar, value varchar, reason varchar, reason_code varchar,
    reason_values json
);
create schema if not exists intermediate;
create table intermediate.int_covered_days (input varchar, shop varchar, day date);
create table intermediate.int_unknown_shipping_days (shop varchar, day date);
create table intermediate.int_absent_ad_accounts (shop varchar, day date, ad_account varchar);
create table intermediate.int_absent_campaigns (
    shop varchar, source varchar, campaign_id varchar, absent_since date, is_spend_zero boolean,
    spend_last_day decimal(18, 2), load_id varchar
);
create schema if not exists seed;
create table seed.exports (export varchar, is_snapshot boolean);
create table seed.metrics (metric varchar, inputs varchar[]);
create table seed.money (source varchar, refund_exports varchar[]);
create table staging.stg_coverage (shop varchar, source varchar, day date);
create table marts.fct_shop_day (shop varchar, day date, revenue decimal(18, 2), refunded decimal(18, 2));
create table marts.fct_order (
    shop varchar, order_id varchar, currency varchar, paid_gross decimal(18, 2), refunded decimal(18, 2),
    refund_excess decimal(18, 2), load_id varchar
);
create table intermediate.int_short_days (
    input varchar, source varchar, shop varchar, day date, is_incomplete boolean, row_count bigint,
    usual_rows bigint, load_id varchar
);
