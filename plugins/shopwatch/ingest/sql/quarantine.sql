-- Quarantines the rows that failed a check of level fail, and counts them per load.
insert into checks
select
    $source,
    check_name,
    level,
    load_id,
    count(*)
from faults
group by all;

insert into quarantine by name
with first_faults as (
    select
        load_id,
        line,
        min(check_name) as check_name,
        min_by(column_name, check_name) as column_name,
        min_by(reason_code, check_name) as reason_code,
        min_by(reason_values, check_name) as reason_values
    from faults
    where level = 'fail'
    group by load_id, line
)

select
    incoming.load_id,
    incoming.source,
    incoming.shop,
    loads.file,
    incoming.line,
    first_faults.column_name,
    if(  -- numbers only: another cell might identify a person
        starts_with(first_faults.check_name, 'between('),
        json_extract_string(to_json(incoming), '$."' || first_faults.column_name || '"'),
        null
    ) as value,
    'check ' || first_faults.check_name as reason,
    first_faults.reason_code,
    first_faults.reason_values,
    to_json(incoming) as held
from incoming_rows as incoming
inner join first_faults using (load_id, line)
inner join loads using (load_id);

delete from incoming_rows as incoming
using faults
where
    incoming.load_id = faults.load_id
    and incoming.line = faults.line
    and faults.level = 'fail';

update loads
set
    rows_quarantined = counted.row_count,
    rows_loaded = loads.rows_read - loads.rows_skipped - counted.row_count
from (select load_id, count(*) as row_count from quarantine group by load_id) as counted
where loads.load_id = counted.load_id and loads.source = $source and loads.state = 'incoming';

-- A load of which too much is broken does not count at all. A header is no broken row, nor is a sum of others.
update loads
set
    state = 'failed',
    reason = counted.broken || ' of ' || rows_read || ' rows are broken',
    reason_code = if(counted.repeated > 0.5 * counted.broken, 'repeated_keys', 'too_many_broken'),
    reason_values = json_object('broken', counted.broken, 'rows', rows_read, 'columns', counted.columns)
from (
    select
        load_id,
        count(*) as broken,
        count(*) filter (where reason_code = 'check_unique') as repeated,
        any_value(json_extract(reason_values, '$.columns')) filter (where reason_code = 'check_unique') as columns
    from quarantine
    where coalesce(reason_code, '') not in ('repeated_header', 'header_quote', 'subtotal')
    group by load_id
) as counted
where
    loads.load_id = counted.load_id
    and source = $source
    and state = 'incoming'
    and rows_read > 0
    and counted.broken > $tolerate * rows_read;

delete from incoming_rows as incoming
using loads
where incoming.load_id = loads.load_id and loads.state = 'failed';
