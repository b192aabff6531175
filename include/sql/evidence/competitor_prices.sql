/*
grain: one row per competing product whose price is in the mean, the cheapest first
columns:
  competitor: {title: {zh: 竞品店铺, en: Competitor}}
  competitor_product: {title: {zh: 竞品, en: Product}}
  competitor_price: {title: {zh: 竞品到手价, en: Its price}, unit: money}
  everyday_price: {title: {zh: 本店日常价, en: Our everyday price}, unit: money}
  checked_on: {title: {zh: 查看日, en: Checked}}
*/
with looks as (
    select * from marts.fct_competitor_price
    where
        shop = $shop
        and product_id = $entity
        and week_start = $first_day
        and competitor_price is not null
)

select competitor, competitor_product, competitor_price, everyday_price, checked_on
from looks
order by competitor_price, competitor, competitor_product
