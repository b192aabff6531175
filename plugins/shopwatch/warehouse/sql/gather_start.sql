-- What the gathered warehouse holds of each shard, by slices of the parts, and the slices that the parts have now
-- (temporary table wanted, filled next).
create table if not exists meta.written_slices (
    table_name varchar, shop varchar, month date, row_count bigint, fingerprint varchar
);

create or replace temp table wanted (
    part_number integer, table_name varchar, shop varchar, month date, row_count bigint, fingerprint varchar
)
