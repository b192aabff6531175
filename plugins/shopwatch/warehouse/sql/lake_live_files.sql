-- One row per Parquet file that the newest night is read from.
select parse_filename(path) as file
from __ducklake_metadata_lake.ducklake_data_file
where end_snapshot is null
order by file
