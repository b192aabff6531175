-- Notes the periods of kpi.fct_kpi that a build writes, for the judge; with $is_whole, all.
insert into meta.unjudged
select shop, grain, period_start from changed_kpi_periods
where not $is_whole
union all
select null, null, null
where $is_whole
