/*
grain: the product's cost and prices as of the last day; the mean of its units where each has its own
columns:
  unit_cost: {title: {zh: 单件成本, en: Cost}, unit: money}
  campaign_price: {title: {zh: 活动价, en: Campaign price}, unit: money}
  member_price: {title: {zh: 会员价, en: Member price}, unit: money}
  everyday_price: {title: {zh: 日常价, en: Everyday price}, unit: money}
  valid_from: {title: {zh: 生效日, en: Valid from}}
*/
with prices as (
    select * from marts.dim_product_price
    where
        shop = $shop
        and product_id = $entity
        and $last_day between valid_from and coalesce(valid_until, date '9999-12-31')
)

select unit_cost, campaign_price, member_price, everyday_price, valid_from
from prices
