-- Enters one load in the ledger, with the counts of what it left in `typed` and in the quarantine. Its days are those of
-- its rows and those between which the file itself says that it tells all.
insert into loads by name
with typed_rows as (
    select
        count(*) filter (where problem is null) as rows_loaded,
        min(day) as first_day,
        max(day) as last_day
    from typed
),

quarantined as (
    select count(*) as rows_quarantined
    from quarantine
    where load_id = $load_id
)

select
    $load_id as load_id,
    $source as source,
    $shop as shop,
    $file as file,
    $sha256 as sha256,
    $bytes as bytes,
    $exported_at as exported_at,
    $version_rule as version_rule,
    $contract_hash as contract_hash,
    'incoming' as state,
    $rows_read as rows_read,
    typed_rows.rows_loaded,
    quarantined.rows_quarantined,
    $rows_read - typed_rows.rows_loaded - quarantined.rows_quarantined as rows_skipped,
    least(typed_rows.first_day, cast($span_first as date)) as first_day,
    greatest(typed_rows.last_day, cast($span_last as date)) as last_day,
    $loaded_at as loaded_at
from typed_rows
cross join quarantined
