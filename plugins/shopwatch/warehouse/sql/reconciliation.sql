-- Differences between layers that must agree; empty on a normal night.
create table if not exists ops.reconciliation (
    reconciliation varchar,
    shop varchar,
    day date,
    rows_expected bigint,
    rows_found bigint,
    money_expected decimal(18, 2),
    money_found decimal(18, 2)
);
