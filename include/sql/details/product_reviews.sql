/*
grain: one row per review of the product, the newest first, at most 20
of: [product]
place: 4
title: {zh: 评价与希望, en: Reviews and wishes}
columns:
  day: {title: {zh: 日期, en: Day}, as: day}
  stars: {title: {zh: 星级, en: Stars}, as: count}
  theme: {title: {zh: 主题, en: Theme}, as: word}
  wish: {title: {zh: 希望, en: Wish}, as: word}
  answered_on: {title: {zh: 回复日, en: Answered}, as: day}
*/
with reviews as (
    select * from marts.fct_review
    where shop = $shop and product_id = $entity
)

select
    day,
    stars,
    'theme_' || theme as theme,
    'wish_' || wish as wish,
    answered_on
from reviews
order by day desc, line
limit 20
