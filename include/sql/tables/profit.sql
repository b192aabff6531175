/*
grain: >
  one row per shop, product, and what no product has, of the week; of each shop the whole first, then what earns least. What
  lacks is named on each row; what no product has is left out where its fees are unknown
*/
with profit as (
    select * from review.weekly_profit
    where week_start = $week and (part != 'unallocated' or fees is not null)
),

shops as (
    select shop, language from marts.dim_shop
)

select
    profit.* exclude (entity, entity_name),
    case
        when profit.part != 'unallocated' then profit.entity_name
        when shops.language = 'zh' then '（不在商品里）'
        else '(in no product)'
    end as entity_name,
    if(profit.part = 'product', 'product', 'shop') as entity_type,
    if(profit.part = 'product', profit.entity, profit.shop) as entity
from profit
inner join shops using (shop)
order by
    profit.shop,
    list_position(['shop', 'product', 'unallocated'], profit.part),
    profit.profit nulls first,
    profit.revenue desc,
    profit.entity
