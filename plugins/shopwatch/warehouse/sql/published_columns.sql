-- Columns of the published file that depend on the night or on all of a buyer's orders: no partition of their models
-- could have them.
alter table marts.fct_shipment add column is_due boolean;

update marts.fct_shipment
set is_due = ship_due_at < (select night + 1 from meta.night);

alter table marts.fct_order add column is_first_order boolean;

update marts.fct_order
set is_first_order = numbered.is_first_order
from marts.fct_buyer_order as numbered
where numbered.shop = fct_order.shop and numbered.order_id = fct_order.order_id;

insert into meta.columns by name
with described as (
    select distinct table_schema, table_name, table_grain, table_note
    from meta.columns
    where table_schema = 'marts'
),

added (table_name, column_name, description, description_zh) as (
    values
        (
            'fct_shipment',
            'is_due',
            'Whether it was due by the end of the night (ship_due_at): a share of is_late counts these orders alone',
            '到当晚结束时是否已到应发货时间（ship_due_at）；算 is_late 的占比时只数这些订单'
        ),
        (
            'fct_order',
            'is_first_order',
            'Whether it is the buyer''s first paid order, as in fct_buyer_order; missing for orders that are not there: '
            'unpaid, without a buyer in their file, or in another currency than the shop''s',
            '是否买家的首单，同 fct_buyer_order；不在该表中的订单为空：未付款、文件里没有买家，或币种不是店铺的币种'
        )
)

select
    described.table_schema,
    added.table_name,
    added.column_name,
    'BOOLEAN' as data_type,
    added.description,
    described.table_grain,
    described.table_note,
    added.description_zh
from added
inner join described using (table_name);

select column_name, table_name, description, description_zh
from meta.columns
where (table_name, column_name) in (('fct_shipment', 'is_due'), ('fct_order', 'is_first_order'))
