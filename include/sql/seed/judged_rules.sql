-- What the judge needs of each rule.
create or replace temp table judged_rules (
    rule varchar,
    metric varchar,
    grain varchar,
    entity_type varchar,
    breach varchar,
    threshold double,
    clear varchar,
    clear_number double,
    periods integer,
    gap varchar,
    guard_denominator double,
    critical double,
    rule_hash varchar
)
