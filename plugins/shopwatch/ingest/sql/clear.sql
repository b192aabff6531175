-- Drops the temporary tables of one file's load.
drop view if exists temp.lines;
drop table if exists temp.cells;
drop table if exists temp.record_lines;
drop table if exists temp.broken;
