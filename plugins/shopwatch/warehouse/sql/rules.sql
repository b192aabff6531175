-- Texts of each rule, for the weekly review's tables.
create or replace table meta.rules (
    rule varchar,
    title_zh varchar,
    title_en varchar,
    owner_zh varchar,
    owner_en varchar,
    action_zh varchar,
    action_en varchar,
    manual_zh varchar,
    manual_en varchar,
    rule_hash varchar,
    measure varchar,
    measured_in varchar
)
