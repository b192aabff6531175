-- Lets the rows that came in count, unless a later version of the same unit is there.
-- A unit is a day of a snapshot or the thing of an upsert. Of two equal versions the greater load id
-- wins, so that the order of delivery plays no part.
create or replace temp table winners as
with incoming_units as (
    select source, shop, unit, load_id, max(version) as version
    from incoming_rows as incoming
    group by all
),

kept_units as (
    select source, shop, unit, load_id, max(version) as version
    from kept_rows as kept
    semi join incoming_units using (source, shop, unit)
    group by all
),

candidates as (
    select * from incoming_units
    union all
    select * from kept_units
)

select
    source,
    shop,
    unit,
    max_by(load_id, struct_pack(version := version, load_id := load_id)) as load_id
from candidates
group by source, shop, unit;

delete from kept_rows as kept
using winners
where
    kept.source = winners.source
    and kept.shop = winners.shop
    and kept.unit = winners.unit
    and kept.load_id != winners.load_id;

insert into kept_rows by name
select incoming.*
from incoming_rows as incoming
semi join winners using (source, shop, unit, load_id);

delete from incoming_rows as incoming;

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
