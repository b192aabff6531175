-- Takes out the KPI rows of the periods that are built again.
delete from kpi.metric_rows
where grain = 'week' and (shop, period_start) in (select shop, week_start from touched_weeks);

delete from kpi.metric_rows
where grain = 'day' and (shop, period_start) in (select shop, day from touched_days);

delete from kpi.metric_rows
where grain = 'month' and (shop, period_start) in (select shop, month_start from touched_months);
