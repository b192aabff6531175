-- Makes incoming rows current unless a later version of the same unit exists (temp.versions).
-- A unit is a day of a snapshot or the key of an upsert. Among versions with an export time the latest is current.
-- Among versions with only the file's own time it is the one that has come furthest, then the latest. Between the two
-- it is again the one that has come furthest. Ties go to the greater load id. Each of the three is a maximum of its
-- kind, so keeping them makes the result independent of the order of delivery. Those that are not current are kept in
-- `apart`.
create or replace temp table chosen as
with greatest_versions as (
    select
        source,
        shop,
        unit,
        max(struct_pack(version := version, load_id := load_id, progress := progress)) filter (where is_stated) as stated,
        max(struct_pack(progress := progress, version := version, load_id := load_id))
            filter (where not is_stated) as furthest,
        max(struct_pack(version := version, load_id := load_id, progress := progress))
            filter (where not is_stated) as newest
    from versions
    group by source, shop, unit
),

compared as (
    select
        source,
        shop,
        unit,
        list_distinct([stated.load_id, furthest.load_id, newest.load_id]) as load_ids,
        list_max([
            if(
                stated is null,
                null,
                struct_pack(progress := stated.progress, version := stated.version, load_id := stated.load_id)
            ),
            furthest
        ]) as winner,
        list_max([stated, newest]) as latest
    from greatest_versions
)

select
    source,
    shop,
    unit,
    load_ids,
    winner.load_id as load_id,
    winner.progress as progress,
    if(latest.version > winner.version, latest.load_id, null) as less_load_id,
    latest.progress as less_progress
from compared;

delete from quarantine
using apart_rows as apart, chosen
where
    quarantine.load_id = apart.load_id
    and quarantine.line = apart.line
    and starts_with(quarantine.reason_code, 'less_')
    and apart.source = chosen.source
    and apart.shop = chosen.shop
    and apart.unit = chosen.unit;

create or replace temp table moving as
select apart.*
from apart_rows as apart
semi join chosen using (source, shop, unit, load_id);

delete from apart_rows as apart
using chosen
where
    apart.source = chosen.source
    and apart.shop = chosen.shop
    and apart.unit = chosen.unit
    and (apart.load_id = chosen.load_id or not list_contains(chosen.load_ids, apart.load_id));

insert into apart_rows by name
select kept.*
from kept_rows as kept
inner join chosen using (source, shop, unit)
where kept.load_id != chosen.load_id and list_contains(chosen.load_ids, kept.load_id);

delete from kept_rows as kept
using chosen
where
    kept.source = chosen.source
    and kept.shop = chosen.shop
    and kept.unit = chosen.unit
    and kept.load_id != chosen.load_id;

insert into kept_rows by name
select moving.*
from moving;

insert into kept_rows by name
select incoming.*
from incoming_rows as incoming
semi join chosen using (source, shop, unit, load_id);

insert into apart_rows by name
select incoming.*
from incoming_rows as incoming
inner join chosen using (source, shop, unit)
where incoming.load_id != chosen.load_id and list_contains(chosen.load_ids, incoming.load_id);

delete from incoming_rows as incoming;

-- Versions that are newer only by their file's time and contain less about their order than another file.
insert into quarantine by name
with less as (
    select
        *,
        case
            when less_progress[1] < progress[1] or less_progress[2] < progress[2] then 'less_refunded'
            when less_progress[3] < progress[3] then 'less_paid'
            when less_progress[4] < progress[4] then 'less_status'
            when less_progress[5] < progress[5] then 'less_shipped'
            when less_progress[6] < progress[6] then 'less_amount'
            else 'less_quantity'
        end as reason_code
    from chosen
    where less_load_id is not null
)

select
    apart.load_id,
    apart.source,
    apart.shop,
    loads.file,
    apart.line,
    replace(less.reason_code, 'less_', '') as column_name,
    'older than it looks: ' || less.reason_code as reason,
    less.reason_code,
    json_object(
        'order', replace(less.unit, chr(31), ' / '),
        'file', winners.file,
        'time', strftime(winners.exported_at, '%Y-%m-%d %H:%M')
    ) as reason_values,
    to_json(apart) as held
from less
inner join apart_rows as apart
    on
        less.source = apart.source
        and less.shop = apart.shop
        and less.unit = apart.unit
        and less.less_load_id = apart.load_id
inner join loads on less.less_load_id = loads.load_id
inner join loads as winners on less.load_id = winners.load_id;

update loads
set
    rows_quarantined = counted.row_count,
    rows_loaded = loads.rows_read - loads.rows_skipped - counted.row_count
from (
    select loads.load_id, count(quarantine.load_id) as row_count
    from loads
    left join quarantine using (load_id)
    where loads.source = $source and loads.state in ('incoming', 'settled')
    group by loads.load_id
) as counted
where loads.load_id = counted.load_id and loads.rows_quarantined != counted.row_count;

delete from coverage where table_name = $table_name;

insert into coverage
select
    $table_name,
    source,
    shop,
    day,
    load_id,
    count(*)
from kept_rows as kept
group by all;

create or replace temp table settled as
select
    (select count(*) from (select distinct load_id, line from faults where level = 'fail')) as failed,
    (select count(*) from (select distinct load_id, line from faults where level = 'warn')) as warned,
    (select count(*) from loads where source = $source and state = 'failed') as blocked_loads;

update loads set state = 'settled' where source = $source and state = 'incoming';
