-- Appends the rolled-up rows of metric_days; $roll_up: the text of roll_up.sql. In the order of time, so
-- that a night finds the last periods without reading the others.
insert into kpi.metric_rows by name
select * from query($roll_up)
order by period_start, metric
