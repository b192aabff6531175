/*
title: {zh: 店铺评分（DSR）, en: DSR}
stage: 6
grains: {shop: [day, week, month]}
value: given
unit: score
direction: up
inputs: [service_shop_day]
numerator: {zh: 三项评分中最低的一项, en: the lowest of the three scores}
denominator: {zh: 有分数的项数, en: scores that the day has}
definition:
  zh: 描述、物流、服务三项动态评分中最低的一项；一周或一月取其中最后一天
  en: the lowest of the scores for description, logistics and service; of a week or month, its last day's
caveat:
  zh: 平台按近半年的评价滚动计算，好转和变差都来得慢
  en: platforms work it out over the last half year's reviews, so it moves slowly both ways
at_stake: {zh: 不适用, en: does not apply}
evidence: scores
source: manual 6 (customer service); 天猫 店铺动态评分
*/
with score_day as (
    select * from marts.fct_shop_score_day
    where dsr is not null
)

select
    shop,
    'shop' as entity_type,
    shop as entity,
    day,
    dsr as numerator,
    (description_score is not null)::int + (logistics_score is not null)::int + (service_score is not null)::int
        as denominator,
    dsr as value
from score_day
