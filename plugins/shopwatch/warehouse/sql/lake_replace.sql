-- Replace the changed parts of one table. A part is whole files, so that no file needs a list of deleted rows.
delete from lake_table as rows
using temp.changed_parts as changed
where changed.table_name = $name
    and shop_key is not distinct from changed.shop
    and year_key is not distinct from changed.year;

insert into lake_table by name
select rows.* from night_table as rows
semi join (select shop, year from temp.changed_parts where table_name = $name) as changed
    on shop_key is not distinct from changed.shop and year_key is not distinct from changed.year;
