/*
grain: >
  one row per shop, product, and what no product has, of the week; of each shop the whole first, then what earns least. What
  lacks is named on each row; what no product has is left out where its fees are unknown
*/
with profit as (
    select * from review.weekly_profit
    where week_start = $week and (part != 'unallocated' or fees is not null)
)

select
    profit.* exclude (entity, entity_name),
    case
        when profit.part = 'unallocated' then '（不在商品里）'
        when profit.entity = 'no_product' then '（未注明商品）'
        else profit.entity_name
    end as entity_name_zh,
    case
        when profit.part = 'unallocated' then '(in no product)'
        when profit.entity = 'no_product' then '(no product stated)'
        else profit.entity_name
    end as entity_name_en,
    if(profit.part = 'product', 'product', 'shop') as entity_type,
    if(profit.part = 'product', profit.entity, profit.shop) as entity
from profit
order by
    profit.shop,
    list_position(['shop', 'product', 'unallocated'], profit.part),
    profit.profit nulls first,
    profit.revenue desc,
    profit.entity
