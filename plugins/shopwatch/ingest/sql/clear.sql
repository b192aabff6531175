-- Takes away what reading one file left behind.
drop view if exists temp.lines;
drop table if exists temp.cells;
drop table if exists temp.record_lines;
drop table if exists temp.broken;
