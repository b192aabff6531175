/*
grain: one row per wish in the product's reviews of four weeks, the most frequent first
columns:
  wish: {title: {zh: 希望, en: Wish}, words: shopwatch_reviews.wish}
  mentions: {title: {zh: 提及次数, en: Mentions}, unit: count}
*/
with wishes as (
    select * from marts.fct_product_wish_week
    where shop = $shop and product_id = $entity and week_start = $first_day
)

select wish, mentions
from wishes
order by mentions desc, wish
