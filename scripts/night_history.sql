-- Typed rows of a generated shop for the days from $first to $last, as an export of each kind and day would have loaded
-- them. Each export of orders lists the three days before its own again, with newer states.
create or replace temp table bench_days as
select
    cast(unnest(generate_series(cast($first as date), cast($last as date), interval 1 day)) as date) as day,
    $shop as shop;

insert into loads by name
select
    sources.source || '-' || strftime(bench_days.day, '%Y%m%d') as load_id,
    sources.source,
    bench_days.shop,
    bench_days.shop || '/' || load_id as file,
    sha256(load_id) as sha256,
    1000 as bytes,
    bench_days.day + interval 26 hour as exported_at,
    'name' as version_rule,
    'bench' as contract_hash,
    'settled' as state,
    1000 as rows_read,
    1000 as rows_loaded,
    bench_days.day - sources.days_again as first_day,
    bench_days.day as last_day,
    bench_days.day + interval 26 hour as loaded_at
from bench_days
cross join (
    values ('tmall_orders', 3), ('tmall_order_details', 3), ('sycm_products', 0), ('sycm_shop_days', 0), ('wanxiang_plans', 0),
    ('jushuitan_stock', 0)
) as sources (source, days_again);

create or replace temp table bench_orders as
select
    bench_days.shop,
    bench_days.day,
    strftime(bench_days.day, '%y%m%d') || lpad(cast(numbers.n as varchar), 8, '0') as order_id,
    hash(bench_days.day, numbers.n) as seed,
    least(bench_days.day + 3, cast($last as date)) as last_listed,
    numbers.n
from bench_days
cross join range(cast($orders as bigint)) as numbers (n);

-- The days before the first one that its export lists again.
insert into bench_orders
select
    shop,
    day,
    order_id,
    hash(day, cast(right(order_id, 8) as bigint)) as seed,
    least(day + 3, cast($last as date)) as last_listed,
    cast(right(order_id, 8) as bigint) as n
from main.orders
where day between cast($first as date) - 3 and cast($first as date) - 1;

delete from main.orders where day between cast($first as date) - 3 and cast($first as date) - 1;

delete from main.order_lines where day between cast($first as date) - 3 and cast($first as date) - 1;

insert into main.orders by name
select
    'tmall_orders' as source,
    shop,
    day,
    day + interval 26 hour as version,
    'tmall_orders-' || strftime(last_listed, '%Y%m%d') as load_id,
    n + 2 as line,
    order_id,
    'b' || lpad(cast(seed % 40000 as varchar), 8, '0') as buyer,
    20 + seed % 400 as payable,
    20 + seed % 400 as paid,
    if(seed % 25 = 0 and last_listed > day, 20 + seed % 400, 0) as refunded,
    1 as quantity,
    if(last_listed > day, 'shipped', 'paid') as status,
    ['浙江省', '江苏省', '广东省', '云南省', '北京市', '上海市', '四川省'][cast(seed % 7 as integer) + 1] as province,
    day + to_seconds(cast(seed % 80000 as bigint)) as ordered_at,
    day + to_seconds(cast(seed % 80000 + 60 as bigint)) as paid_at,
    if(last_listed > day, day + to_seconds(cast(80000 + seed % 100000 as bigint)), null) as shipped_at
from bench_orders;

insert into main.order_lines by name
select
    'tmall_order_details' as source,
    shop,
    day,
    day + interval 26 hour as version,
    'tmall_order_details-' || strftime(last_listed, '%Y%m%d') as load_id,
    n + 2 as line,
    order_id,
    order_id || '1' as line_id,
    cast(710000000000 + seed % $products as varchar) as product_id,
    'SKU-' || seed % $products as sku,
    'N-' || seed % $products as item_number,
    '商品 ' || seed % $products as product_name,
    1 as quantity,
    20 + seed % 400 as unit_price,
    20 + seed % 400 as line_paid,
    if(last_listed > day, 'shipped', 'paid') as status,
    day + to_seconds(cast(seed % 80000 as bigint)) as ordered_at,
    day + to_seconds(cast(seed % 80000 + 60 as bigint)) as paid_at
from bench_orders;

insert into main.product_day by name
select
    'sycm_products' as source,
    shop,
    day,
    day + interval 26 hour as version,
    'sycm_products-' || strftime(day, '%Y%m%d') as load_id,
    n + 2 as line,
    cast(710000000000 + n as varchar) as product_id,
    '商品 ' || n as product_name,
    'N-' || n as item_number,
    day as stat_date,
    50 + hash(day, n) % 300 as visitors,
    100 + hash(day, n) % 900 as views,
    hash(day, n, 1) % 20 as cart_buyers,
    hash(day, n, 2) % 9 as pay_buyers,
    hash(day, n, 2) % 9 as pay_pieces,
    hash(day, n, 2) % 9 * 55 as pay_amount
from bench_days
cross join range(cast($products as bigint)) as numbers (n);

insert into main.stock by name
select
    'jushuitan_stock' as source,
    shop,
    day,
    day + interval 26 hour as version,
    'jushuitan_stock-' || strftime(day, '%Y%m%d') as load_id,
    n + 2 as line,
    'SKU-' || n as sku,
    'N-' || n as item_number,
    '商品 ' || n as product_name,
    hash(day, n, 3) % 500 as on_hand,
    hash(day, n, 3) % 500 as available
from bench_days
cross join range(cast($products as bigint)) as numbers (n);

insert into main.ad_day by name
select
    'wanxiang_plans' as source,
    shop,
    day,
    day + interval 26 hour as version,
    'wanxiang_plans-' || strftime(day, '%Y%m%d') as load_id,
    n + 2 as line,
    day as stat_date,
    cast(60010000000 + n as varchar) as campaign_id,
    '计划 ' || n as campaign_name,
    '关键词推广' as tool,
    1000 + hash(day, n) % 5000 as impressions,
    10 + hash(day, n) % 90 as clicks,
    20 + hash(day, n) % 60 as spend,
    50 + hash(day, n, 1) % 300 as ad_revenue,
    1 + hash(day, n, 1) % 5 as ad_orders
from bench_days
cross join range(cast($campaigns as bigint)) as numbers (n);

insert into main.shop_day by name
select
    'sycm_shop_days' as source,
    shop,
    day,
    day + interval 26 hour as version,
    'sycm_shop_days-' || strftime(day, '%Y%m%d') as load_id,
    2 as line,
    day as stat_date,
    20000 + hash(day) % 9000 as visitors,
    60000 + hash(day) % 9000 as views,
    700 + hash(day) % 300 as pay_buyers,
    200000 + hash(day) % 9000 as pay_amount
from bench_days;

delete from coverage where day >= cast($first as date) - 3;

insert into coverage by name
select table_name, source, shop, day, load_id, count(*) as row_count
from (
    select 'orders' as table_name, source, shop, day, load_id from main.orders
    union all
    select 'order_lines', source, shop, day, load_id from main.order_lines
    union all
    select 'product_day', source, shop, day, load_id from main.product_day
    union all
    select 'stock', source, shop, day, load_id from main.stock
    union all
    select 'ad_day', source, shop, day, load_id from main.ad_day
    union all
    select 'shop_day', source, shop, day, load_id from main.shop_day
) as given
where day >= cast($first as date) - 3
group by all;
