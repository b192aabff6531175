-- Each rule: its texts, for the weekly review's tables, and its conditions.
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
    measured_in varchar,
    metric varchar,
    entity_type varchar,
    grain varchar,
    comparison varchar,
    threshold double,
    threshold_high double,
    critical_threshold double,
    severity varchar,
    breach_periods integer,
    breach_window integer,
    breach_gap varchar,
    clear_comparison varchar,
    clear_threshold double,
    clear_threshold_high double,
    clear_periods integer,
    guard_denominator double,
    guard_periods integer,
    guard_statuses varchar[],
    on_missing varchar,
    on_vanished varchar,
    inhibiting_rules varchar[],
    repeat_days integer
);

-- Calendar events of a shop in which a rule has another limit, or is not judged.
create or replace table meta.rule_events (
    rule varchar,
    event varchar,
    event_zh varchar,
    event_en varchar,
    first_day date,
    last_day date,
    shop varchar,
    is_judged boolean,
    threshold double,
    threshold_high double,
    note_zh varchar,
    note_en varchar
);

-- Each department and shop of a team, with the places that the team's mail has for new alerts.
create or replace table meta.team_budgets (
    team varchar,
    owner varchar,
    shop varchar,
    budget integer
)
