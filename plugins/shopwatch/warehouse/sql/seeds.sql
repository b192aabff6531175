-- What is declared in YAML: shops, targets, calendar, contracts and metrics.
create or replace table seed.shops (
    shop varchar,
    title varchar,
    platform varchar,
    currency varchar,
    timezone varchar,
    language varchar,
    closed_weekdays varchar[],
    region varchar,
    shop_group varchar,
    stock_of varchar
);

create or replace table seed.groups (shop varchar, title varchar, currency varchar);

create or replace table seed.group_shops (shop_group varchar, shop varchar, first_day date);

create or replace table seed.exchange_rates (
    shop_group varchar,
    currency varchar,
    first_day date,
    last_day date,
    rate decimal(18, 8)
);

create or replace table seed.lunar_months (
    first_day date,
    next_day date,
    lunar_year integer,
    lunar_month integer,
    is_leap_month boolean,
    is_last_of_year boolean
);

create or replace table seed.targets (shop varchar, metric varchar, target double);

create or replace table seed.ended_ad_accounts (shop varchar, ad_account varchar, last_day date);

create or replace table seed.metrics (
    metric varchar,
    inputs varchar[],
    title_zh varchar,
    title_en varchar,
    stage tinyint,
    unit varchar,
    direction varchar,
    adds_up boolean,
    may_be_negative boolean,
    roll_up varchar,
    is_whole boolean,
    is_onward boolean,
    has_money boolean,
    is_quotient_of_money boolean,
    shortfall varchar,
    needs_denominator boolean,
    at_most_one boolean,
    model_hash varchar
);

create or replace table seed.metric_grains (metric varchar, entity_type varchar, grain varchar, covered_by varchar);

create or replace table seed.calendar (
    region varchar,
    event varchar,
    title_zh varchar,
    title_en varchar,
    is_holiday boolean,
    first_day date,
    last_day date
);

create or replace table seed.rest_days (shop varchar, day date);

create or replace table seed.event_days (shop varchar, day date);

create or replace table seed.sale_days (shop varchar, day date);

create or replace table seed.exports (export varchar, input varchar, platform varchar, is_snapshot boolean);

create or replace table seed.session_exports (export varchar, platform varchar);

create or replace table seed.shipping_exports (export varchar, platform varchar);

create or replace table seed.line_exports (export varchar, platform varchar);

create or replace table seed.standing (input varchar);

create or replace table seed.absent_is_zero (source varchar);

create or replace table seed.spanned (source varchar, input varchar);

create or replace table seed.money (
    source varchar,
    is_net_of_refunds boolean,
    is_tax_added boolean,
    tax_added_in varchar[],
    is_refund_here boolean,
    has_refund_amount boolean,
    is_sales_list boolean,
    refund_exports varchar[]
);
