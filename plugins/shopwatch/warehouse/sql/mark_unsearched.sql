-- Marks models ($tables) as changed since the last search for personal data: from the first changed day on, where the others
-- keep their rows ($in_part).
insert into meta.unsearched
select
    table_name,
    if(list_contains($in_part, table_name), (select min(day) from changed_days), null) as first_day
from unnest(cast($tables as varchar [])) as changed (table_name)
