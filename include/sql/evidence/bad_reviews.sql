/*
grain: one row per bad review of the period about the theme, product or shop, the newest first
columns:
  day: {title: {zh: 日期, en: Day}}
  product_id: {title: {zh: 商品 ID, en: Product id}}
  stars: {title: {zh: 星级, en: Stars}, unit: count}
  theme: {title: {zh: 主题, en: About}, words: shopwatch_reviews.theme}
  order_id: {title: {zh: 订单号, en: Order}}
  answered_on: {title: {zh: 回复日期, en: Answered on}}
*/
with reviews as (
    select * from marts.fct_review
    where shop = $shop and is_bad and day between $first_day and $last_day
)

select day, product_id, stars, theme, order_id, answered_on
from reviews
where $entity in (theme, product_id, shop)
order by day desc, product_id, order_id
