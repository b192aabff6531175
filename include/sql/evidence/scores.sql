/*
grain: one row per day of the shop's scores, of the eight days up to the last day, newest first
columns:
  day: {title: {zh: 日期, en: Day}}
  description_score: {title: {zh: 描述相符, en: As described}, unit: score}
  logistics_score: {title: {zh: 物流服务, en: Logistics}, unit: score}
  service_score: {title: {zh: 服务态度, en: Service}, unit: score}
*/
with scores as (
    select * from marts.fct_shop_score_day
    where shop = $shop and day between cast($last_day as date) - 7 and $last_day
)

select day, description_score, logistics_score, service_score
from scores
order by day desc
