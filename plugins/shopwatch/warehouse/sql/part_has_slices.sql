-- One row if an attached part ($part) has fingerprints of its slices: one of an older version has none.
select table_name from duckdb_tables()
where database_name = $part and schema_name = 'meta' and table_name = 'slices'
