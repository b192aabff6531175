-- What differs between layers that must say the same; empty on a night on which all is well.
create or replace table ops.reconciliation (
    reconciliation varchar,
    shop varchar,
    day date,
    rows_expected bigint,
    rows_found bigint,
    money_expected decimal(18, 2),
    money_found decimal(18, 2)
)
