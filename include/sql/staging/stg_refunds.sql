/*
grain: one row per refund of a refund export
partition: day
note: A settlement's lines of sales and of fees are no refunds (stg_order_fees).
columns:
  amount: What goes back to the buyer, postage included
  postage_amount: The part of it that is postage, where the export states it
  paid_at: When the order was paid, in the shop's time zone
  reason: What the buyer chose from the platform's list of reasons
  fault: >-
    What that reason blames the shop for (description, quality, damage, wrong_item, delivery), by the words in it;
    missing where it blames nobody
  status: "State of the refund (applied, approved, returned, refunded, refused, closed)"
*/
with refunds as (
    select *
    from raw.refunds
    semi join changed_days using (shop, day)
    where coalesce(event, 'refund') = 'refund' and coalesce(amount_type, 'price') != 'fee' and fee is null
)

select
    shop,
    day,
    refund_id,
    order_id,
    line_id,
    product_id,
    sku,
    cast(list_sum([amount, postage_amount]) as decimal(18, 2)) as amount,
    postage_amount,
    status,
    reason,
    case
        when regexp_matches(reason, '不符|不一致|假冒|假货|虚假|NOT_AS_DESCRIBED|DIFFERENT_FROM_DESCRIPTION') then 'description'
        when regexp_matches(reason, '质量|做工|材质|瑕疵|污渍|污损|褪色|掉色|开线|异味|变质|过期|故障|无法使用|DEFECTIVE|QUALITY') then 'quality'
        when regexp_matches(reason, '破损|损坏|破碎|漏液|DAMAGED') then 'damage'
        when regexp_matches(reason, '发错|错发|少件|少发|漏发|缺件|空包|SWITCHEROO|MISSING_PARTS') then 'wrong_item'
        when regexp_matches(reason, '未按.*发货|延迟发货|发货慢|缺货|未发货|未收到|没收到|未送|物流|快递|MISSED_ESTIMATED_DELIVERY|NEVER_ARRIVED') then 'delivery'
    end as fault,
    kind,
    applied_at,
    returned_at,
    completed_at,
    paid_at,
    source,
    load_id,
    line
from refunds
