/*
grain: >
  one row per keyword of the list of the last day that is not long-tail, the one on most products first: those to replace or to
  add longer ones beside
columns:
  keyword: {title: {zh: 关键词, en: Keyword}}
  keyword_kind: {title: {zh: 词类, en: Kind}, words: shopwatch_keywords.keyword_kind}
  products: {title: {zh: 商品数, en: Products}}
  bid: {title: {zh: 最高出价, en: Highest bid}, unit: money}
  long_tail: {title: {zh: 含该词的长尾词数, en: Long-tail keywords with it}}
*/
with keywords as (
    select * from marts.dim_keyword
    where shop = $shop and $last_day between valid_from and coalesce(valid_until, date '9999-12-31')
),

long_tail as (
    select distinct keyword from keywords
    where keyword_kind = 'long_tail'
),

others as (
    select
        keyword,
        any_value(keyword_kind) as keyword_kind,
        count(distinct product_id) as products,
        max(bid) as bid
    from keywords
    anti join long_tail using (keyword)
    group by keyword
)

select
    others.keyword,
    others.keyword_kind,
    others.products,
    others.bid,
    (select count(*) from long_tail where contains(long_tail.keyword, others.keyword)) as long_tail
from others
order by others.products desc, others.bid desc nulls last, others.keyword
