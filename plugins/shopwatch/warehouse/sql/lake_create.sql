-- Create a table of the lake with the columns of the night's.
create table lake_table as
from night_table
limit 0
