/*
title: {zh: 差评数, en: bad reviews}
stage: 6
by: [theme, product, shop]
unit: count
direction: down
nothing: zero
inputs: [reviews]
numerator: {zh: 差评数, en: bad reviews}
denominator: {zh: 评价数, en: reviews}
definition:
  zh: 当周 1 到 2 星的评价数，按主题、商品和全店统计
  en: reviews with 1 or 2 stars in the week, by what they are about, by product and of the shop
caveat:
  zh: 评价主题表先记差评，评价数不是全部评价；没写主题或商品的只计入全店；评价表起止之间没有评价的一周，全店记 0，主题和商品没有数
  en: >-
    the workbook takes bad reviews first, so not all reviews are in it; one without theme or product counts
    for the shop only; a week without reviews between the first and the last is 0 of the shop, and no row of
    themes and products
at_stake: {zh: 不适用, en: does not apply}
source: manual 1 (market, bad reviews), 3 (what reviews ask for); shopwatch 评价主题表
*/
with reviews as (
    select *
    from marts.fct_review
    semi join touched_weeks using (shop, week_start)
),

covered_weeks as (
    select distinct
        shop,
        cast(date_trunc('week', day) as date) as week_start
    from intermediate.int_covered_days
    where input = 'reviews'
),

silent_weeks as (
    select covered_weeks.shop, covered_weeks.week_start
    from covered_weeks
    semi join touched_weeks using (shop, week_start)
    anti join reviews using (shop, week_start)
),

about as (
    select shop, 'theme' as entity_type, theme as entity, week_start, is_bad from reviews
    union all
    select shop, 'product' as entity_type, product_id as entity, week_start, is_bad from reviews
    union all
    select shop, 'shop' as entity_type, shop as entity, week_start, is_bad from reviews
),

counted as (
    select
        shop,
        entity_type,
        entity,
        week_start,
        cast(count(*) filter (where is_bad) as bigint) as bad_reviews,
        cast(count(*) as bigint) as reviews
    from about
    where entity is not null
    group by shop, entity_type, entity, week_start
    union all
    select
        shop,
        'shop' as entity_type,
        shop as entity,
        week_start,
        0 as bad_reviews,
        0 as reviews
    from silent_weeks
)

select
    shop,
    entity_type,
    entity,
    'week' as grain,
    week_start as period_start,
    cast(bad_reviews as decimal(18, 4)) as numerator,
    cast(reviews as decimal(18, 4)) as denominator,
    cast(bad_reviews as double) as value,
    cast(null as decimal(18, 2)) as at_stake
from counted
