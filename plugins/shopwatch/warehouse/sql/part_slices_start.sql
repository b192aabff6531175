-- The slices of a shard's shop warehouse: one row per table, shop and month, with a fingerprint of the rows.
create or replace table meta.slices (
    table_name varchar, shop varchar, month date, row_count bigint, fingerprint varchar
)
