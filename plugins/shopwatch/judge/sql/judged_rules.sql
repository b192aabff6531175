-- The rules, their windows with another limit, and the night, as the judge reads them.
create or replace temp table judged_night (night date);

create or replace temp table judged_kept (rule varchar, shop varchar, entity_type varchar, entity varchar);

create or replace temp table judged_rules (
    rule varchar,
    metric varchar,
    grain varchar,
    entity_type varchar,
    measure varchar,
    comparison varchar,
    low double,
    high double,
    critical double,
    severity varchar,
    periods integer,
    periods_of integer,
    gap varchar,
    clear_comparison varchar,
    clear_low double,
    clear_high double,
    clear_periods integer,
    guard_denominator double,
    guard_age integer,
    guard_status varchar[],
    on_missing varchar,
    on_vanished varchar,
    inhibited_by varchar[],
    rule_hash varchar
);

create or replace temp table judged_windows (
    rule varchar,
    first_day date,
    last_day date,
    is_judged boolean,
    low double,
    high double,
    elsewhere varchar[] -- shops of other regions
);
