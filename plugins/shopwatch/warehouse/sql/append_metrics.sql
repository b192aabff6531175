-- Appends the rolled-up rows of metric_days; $roll_up: the text of roll_up.sql.
insert into kpi.metric_rows by name
select * from query($roll_up)
