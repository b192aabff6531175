-- One row per shop and year of a table, with a fingerprint of its rows.
-- A sum of hashes does not depend on the order of the rows.
insert into temp.night_parts
select
    $name as table_name,
    shop_key as shop,
    year_key as year,
    count(*) as row_count,
    cast(sum(hash(rows)) as varchar) as fingerprint
from night_table as rows
group by all
