-- One row per declared shop of a home with several shards: the night of its rows.
create or replace table ops.shards (
    shop varchar not null,
    shard varchar not null,
    night date,
    is_late boolean not null
);
