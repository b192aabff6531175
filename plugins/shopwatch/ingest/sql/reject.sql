-- Adds one rejected file to the ledger.
insert or replace into loads by name
select
    $load_id as load_id,
    $shop as shop,
    $file as file,
    $sha256 as sha256,
    $bytes as bytes,
    'rejected' as state,
    $reason as reason,
    $reason_code as reason_code,
    $reason_values as reason_values,
    0 as rows_read,
    0 as rows_loaded,
    0 as rows_quarantined,
    0 as rows_skipped,
    $loaded_at as loaded_at
