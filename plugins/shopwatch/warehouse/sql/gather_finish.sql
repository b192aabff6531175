-- Note the slices of the tables ($tables) that the gathered warehouse now has.
delete from meta.written_slices;

insert into meta.written_slices
select table_name, shop, month, row_count, fingerprint from temp.wanted
where list_contains($tables, table_name)
