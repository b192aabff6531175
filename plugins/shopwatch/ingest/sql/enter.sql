-- Adds loads to the ledger, one row each, with the counts of their rows in `typed` and in the quarantine. The days of a
-- load are those of its rows and those of the period for which the file declares itself complete.
insert into loads by name
with typed_rows as (
    select
        load_id,
        count(*) filter (where problem is null) as rows_loaded,
        min(day) as first_day,
        max(day) as last_day
    from typed
    group by load_id
),

quarantined as (
    select
        load_id,
        count(*) as rows_quarantined
    from quarantine
    semi join entries using (load_id)
    group by load_id
),

counted as (
    select
        entries.*,
        typed_rows.first_day,
        typed_rows.last_day,
        coalesce(typed_rows.rows_loaded, 0) as rows_loaded,
        coalesce(quarantined.rows_quarantined, 0) as rows_quarantined
    from entries
    left join typed_rows using (load_id)
    left join quarantined using (load_id)
)

select
    load_id,
    $source as source,
    shop,
    file,
    sha256,
    bytes,
    exported_at,
    version_rule,
    $contract_hash as contract_hash,
    'incoming' as state,
    rows_read,
    rows_loaded,
    rows_quarantined,
    rows_read - rows_loaded - rows_quarantined as rows_skipped,
    least(first_day, span_first) as first_day,
    greatest(last_day, span_last) as last_day,
    absent_columns,
    $loaded_at as loaded_at
from counted
