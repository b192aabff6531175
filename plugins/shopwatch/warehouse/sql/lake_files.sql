-- One row per file that the catalogue knows, also of earlier nights and of those that are to be removed.
select parse_filename(path) as file
from __ducklake_metadata_lake.ducklake_data_file
union
select parse_filename(path)
from __ducklake_metadata_lake.ducklake_delete_file
union
select parse_filename(path)
from __ducklake_metadata_lake.ducklake_files_scheduled_for_deletion
