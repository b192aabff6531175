-- Exports due by the night, and whether each has arrived.
create or replace table ops.freshness (
    shop varchar,
    export varchar,
    input varchar,
    owner varchar,
    last_day date,
    due_day date,
    due_at timestamp,
    state varchar
);
