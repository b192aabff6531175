-- The parts of the night, and those of the lake with the fingerprints of their rows.
create temp table night_parts (
    table_name varchar,
    shop varchar,
    year bigint,
    row_count bigint,
    fingerprint varchar
);
create schema if not exists lake._internal;
create table if not exists lake._internal.parts as from temp.night_parts;
