/*
grain: >
  one row per file that was not loaded in full, with its first quarantined rows; per comparison of layers and shop that
  differs; per file with far fewer rows than usual, or with none where there were some before; per file and currency of orders that no KPI counts; per shop with
  orders whose refunds exceed the paid amount; per list that leaves out campaigns with spend; and per declared shop of
  which no export was ever loaded, or whose exports were all rejected or failed
note: >
  A short list is reported if its day is within the two weeks before its export; older days are not reported. A file is
  reported again when a later one shows that it contains less about its orders (less_*): its load_id differs then.
*/
with loads as (
    select * from ops.loads
),

quarantine as (
    select * from ops.quarantine
),

reconciliation as (
    select * from ops.reconciliation
),

exports as (
    select * from seed.exports
),

short_days as (
    select * from intermediate.int_short_days
),

absent_campaigns as (
    select * from intermediate.int_absent_campaigns
),

orders as (
    select * from marts.fct_order
),

entities as (
    select * from marts.dim_entity
    where entity_type = 'campaign'
),

shops as (
    select * from staging.stg_shops
),

kept_out as (
    select
        load_id,
        bool_or(starts_with(reason_code, 'less_')) as has_less,
        list(
            struct_pack(
                line := line,
                column_name := column_name,
                value := value,
                reason := reason,
                reason_code := reason_code,
                reason_values := reason_values
            )
            order by line, column_name
        )[:$examples] as examples
    from quarantine
    group by load_id
),

not_whole as (
    select
        loads.load_id || if(coalesce(kept_out.has_less, false), '/less', '') as load_id,
        coalesce(loads.shop, '') as shop,
        loads.file,
        case loads.state when 'rejected' then 'rejected' when 'failed' then 'failed' else 'quarantined' end as kind,
        coalesce(loads.reason, '') as reason,
        loads.reason_code,
        loads.reason_values,
        loads.rows_quarantined as row_count,
        coalesce(kept_out.examples, []) as examples
    from loads
    left join kept_out using (load_id)
    where loads.state in ('rejected', 'failed') or loads.rows_quarantined > 0
),

differing as (
    select
        reconciliation || '/' || shop || '/' || hash(list(reconciliation order by day)) as load_id,
        shop,
        reconciliation as file,
        'differs' as kind,
        '' as reason,
        'layers_differ' as reason_code,
        cast(to_json({
            'days': list(day order by day)[:$examples],
            'expected': sum(money_expected),
            'found': sum(money_found)
        }) as varchar) as reason_values,
        count(*) as row_count,
        [] as examples
    from reconciliation
    where reconciliation != 'refunds_orders'
    group by reconciliation, shop
),

excess_refunds as (
    select
        'excess/' || shop || '/' || hash(list(order_id || refund_excess order by order_id)) as load_id,
        shop,
        shop as file,
        'excess' as kind,
        '' as reason,
        'refund_exceeds_order' as reason_code,
        cast(to_json({
            'shop': shop,
            'count': count(*),
            'orders': list(
                order_id || ': ' || (refunded + refund_excess) || ' / ' || paid_gross || ' ' || currency
                order by refund_excess desc, order_id
            )[:$examples]
        }) as varchar) as reason_values,
        0 as row_count,
        [] as examples
    from orders
    where refund_excess > 0
    group by shop
),

short as (
    select
        loads.load_id,
        loads.shop,
        loads.file,
        'short' as kind,
        '' as reason,
        'short_list' as reason_code,
        cast(to_json({
            'days': list(
                short_days.day || ' (' || short_days.row_count || ' / ' || short_days.usual_rows || ')'
                order by short_days.day desc
            )[:$examples]
        }) as varchar) as reason_values,
        0 as row_count,
        [] as examples
    from short_days
    inner join loads using (load_id)
    where short_days.day >= cast(loads.exported_at as date) - 14
    group by loads.load_id, loads.shop, loads.file
),

-- Whoever exported it believes that it was delivered. A list of orders may have no rows.
emptied as (
    select
        loads.load_id,
        loads.shop,
        loads.file,
        'emptied' as kind,
        '' as reason,
        'no_rows' as reason_code,
        null as reason_values,
        0 as row_count,
        [] as examples
    from loads
    semi join exports on loads.source = exports.export and exports.is_snapshot
    semi join (select source, shop from loads where rows_loaded > 0) as filled using (source, shop)
    where loads.state = 'settled' and loads.rows_loaded = 0 and loads.rows_quarantined = 0
),

-- Reported once: the key is that of the day, not of the file or of what else is missing from it later.
vanished as (
    select
        'vanished/' || absent.shop || '/' || absent.source || '/' || absent.absent_since as load_id,
        absent.shop,
        any_value(loads.file) as file,
        'vanished' as kind,
        '' as reason,
        if(absent.is_spend_zero, 'campaigns_stopped', 'campaigns_left_out') as reason_code,
        cast(to_json({
            'count': count(*),
            'day': absent.absent_since,
            'campaigns': list(
                coalesce(entities.name, absent.campaign_id) || ' (' || absent.spend_last_day || ' ' || shops.currency || ')'
                order by absent.spend_last_day desc, absent.campaign_id
            )[:$examples]
        }) as varchar) as reason_values,
        0 as row_count,
        [] as examples
    from absent_campaigns as absent
    inner join shops on absent.shop = shops.shop
    inner join loads on absent.load_id = loads.load_id
    left join entities on absent.shop = entities.shop and absent.campaign_id = entities.entity
    group by absent.shop, absent.source, absent.absent_since, absent.is_spend_zero
),

foreign_orders as (
    select
        loads.load_id || '/' || orders.currency as load_id,
        loads.shop,
        loads.file,
        'foreign' as kind,
        '' as reason,
        'other_currency_orders' as reason_code,
        cast(to_json({
            'orders': count(*),
            'amount': sum(orders.paid_gross),
            'currency': orders.currency,
            'shop_currency': any_value(shops.currency)
        }) as varchar) as reason_values,
        0 as row_count,
        [] as examples
    from orders
    inner join shops on orders.shop = shops.shop and orders.currency != shops.currency
    inner join loads using (load_id)
    group by loads.load_id, loads.shop, loads.file, orders.currency
),

failed_files as (
    select
        shop,
        min(file) as first_file,
        (list(file order by file))[:$examples] as files
    from loads
    where state in ('failed', 'rejected')
    group by shop
),

never_filled as (
    select
        'shop/' || shops.shop || if(failed_files.shop is null, '', '/failed') as load_id,
        shops.shop,
        coalesce(failed_files.first_file, 'shops.yaml') as file,
        if(failed_files.shop is null, 'unfilled', 'unloaded') as kind,
        '' as reason,
        if(failed_files.shop is null, 'never_filled', 'never_loaded') as reason_code,
        cast(to_json({'shop': shops.shop, 'files': failed_files.files}) as varchar) as reason_values,
        0 as row_count,
        [] as examples
    from shops
    anti join loads on shops.shop = loads.shop and loads.state = 'settled'
    left join failed_files on shops.shop = failed_files.shop
),

notes as (
    select * from not_whole
    union all
    select * from differing
    union all
    select * from excess_refunds
    union all
    select * from short
    union all
    select * from emptied
    union all
    select * from vanished
    union all
    select * from foreign_orders
    union all
    select * from never_filled
)

select
    load_id,
    shop,
    file,
    kind,
    reason,
    reason_code,
    reason_values,
    row_count,
    examples
from notes
order by shop, file, load_id
