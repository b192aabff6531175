-- Positions of the rows that failed a check.
create or replace temp table faults (
    load_id varchar,
    line bigint,
    check_name varchar,
    level varchar,
    column_name varchar,
    reason_code varchar,
    reason_values json
)
