-- Tables of the raw warehouse that differ from what the shop warehouse was built with.
with coverage_now as (
    select table_name, source, shop, day, load_id, row_count from raw.coverage
),

coverage_before as (
    select table_name, source, shop, day, load_id, row_count from ops.coverage
),

changed_tables as (
    select table_name from (from coverage_now except from coverage_before)
    union
    select table_name from (from coverage_before except from coverage_now)
),

loads_now as (
    select
        load_id, state, reason, rows_read, rows_loaded, rows_quarantined, rows_skipped, first_day, last_day, exported_at,
        version_rule, loaded_at
    from raw.loads
),

loads_before as (
    select
        load_id, state, reason, rows_read, rows_loaded, rows_quarantined, rows_skipped, first_day, last_day, exported_at,
        version_rule, loaded_at
    from ops.loads
),

quarantine_now as (
    select load_id, count(*) as row_count, sum(hash(line, column_name, reason)) as content
    from raw.quarantine
    group by load_id
),

quarantine_before as (
    select load_id, count(*) as row_count, sum(hash(line, column_name, reason)) as content
    from ops.quarantine
    group by load_id
)

select 'raw.' || table_name as table_name from changed_tables
union
select 'raw.coverage' from changed_tables
union
select 'raw.loads' from (from loads_now except from loads_before)
union
select 'raw.loads' from (from loads_before except from loads_now)
union
select 'raw.quarantine' from (from quarantine_now except from quarantine_before)
union
select 'raw.quarantine' from (from quarantine_before except from quarantine_now)
