/*
grain: one row a KPI: what the number means and what it does not say
*/
select
    metric,
    title_zh,
    title_en,
    definition_zh,
    definition_en,
    caveat_zh,
    caveat_en
from meta.metrics
order by array_position(['revenue', 'value_per_order', 'roas', 'pay_conversion', 'available_stock'], metric), metric
