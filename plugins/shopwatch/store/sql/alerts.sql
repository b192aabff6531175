/*
grain: one row per alert of the store
note: >
  judged_period and what follows are those of ops.episodes; an alert that no rule could judge tonight shows its last ones.
  entity_name, shop_title and currency are those that mails, pages and the workbook show.
  moved_to is the alert that a retracted one is now, whose start a correction moved: decisions are about that one.
  The decision is the last acknowledgement, dismissal or matching silence that was not taken back, a silence while it lasts;
  is_silenced is about the night, and knows the silences of include/rules/silences.yaml too.
  belongs_to is what alerts of one cause share: the item number of a product or SKU, the planned campaign of an ad
  campaign. No report states the latter: it is the plan whose name the ad campaign's name contains.
  back_after are the earlier alerts of the entity that were resolved at most 8 periods before this one fired.
*/
with source as (
    select * from store_alerts
),

moved as (
    select * from moved_alerts
),

silences as (
    select * from store_silences
),

night as (
    select night from ops.judged_basis
),

decisions as (
    select * from ops.decisions
    where key not in (select lifts from ops.decisions where lifts is not null)
),

episodes as (
    select * from ops.episodes
),

shops as (
    select * from marts.dim_shop
    union all by name
    select shop, name as title from marts.dim_entity
    where entity_type = 'group'
),

entities as (
    select * from marts.dim_entity
),

-- Of several plans, the one of the longest name, then the last that began before the ads ended.
plans as (
    select
        campaigns.shop,
        campaigns.entity,
        max_by(plans.entity, struct_pack(length := length(plans.name), day := plans.first_day)) as plan
    from entities as campaigns
    inner join entities as plans
        on
            campaigns.shop = plans.shop
            and contains(campaigns.name, plans.name)
            and length(plans.name) > 1
            and plans.first_day <= campaigns.last_day + 31
    where campaigns.entity_type = 'campaign' and plans.entity_type = 'plan'
    group by campaigns.shop, campaigns.entity
),

recovered as (
    select
        *,
        case grain
            when 'day' then resolved_at + 8
            when 'week' then resolved_at + 56
            else cast(resolved_at + interval 8 month as date)
        end as last_back
    from source
    where state = 'resolved'
),

came_back as (
    select source.key, list(recovered.key order by recovered.since) as back_after
    from source
    inner join recovered
        on
            source.rule = recovered.rule
            and source.shop = recovered.shop
            and source.entity_type = recovered.entity_type
            and source.entity = recovered.entity
            and source.since between recovered.resolved_at and recovered.last_back
    where source.state != 'retracted' and source.key != recovered.key
    group by source.key
),

silenced as (
    select distinct source.key
    from source
    cross join night
    inner join silences
        on
            source.rule glob silences.rule
            and source.shop glob silences.shop
            and source.entity glob silences.entity
            and night.night between coalesce(silences.since, night.night) and silences.until
    where source.state = 'firing'
),

about as (
    select source.key, decisions.* exclude (key)
    from source
    inner join decisions on source.key = decisions.alert_key
    where decisions.kind in ('acknowledge', 'dismiss')
    union all
    select source.key, decisions.* exclude (key)
    from source
    cross join night
    inner join decisions
        on
            source.rule glob (decisions.matcher ->> 'rule')
            and source.shop glob (decisions.matcher ->> 'shop')
            and source.entity glob (decisions.matcher ->> 'entity')
            and night.night <= cast(decisions.matcher ->> 'until' as date)
    where decisions.kind = 'silence' and source.state = 'firing'
),

latest as (
    select * from about
    qualify row_number() over (partition by key order by "at" desc, kind) = 1
),

assigned as (
    select * from decisions
    where kind = 'assign'
    qualify row_number() over (partition by alert_key order by "at" desc) = 1
)

select
    source.* exclude (currency),
    coalesce(source.currency, shops.currency) as currency,
    coalesce(shops.title, source.shop) as shop_title,
    coalesce(entities.name, source.entity) as entity_name,
    case
        when source.entity_type in ('product', 'sku') then entities.item_number
        when source.entity_type = 'campaign' then plans.plan
        when source.entity_type = 'plan' then source.entity
    end as belongs_to,
    coalesce(episodes.judged_period, source.last_period) as judged_period,
    coalesce(episodes.judged_verdict, if(source.measured is null, null, 'breach')) as judged_verdict,
    coalesce(episodes.threshold_high, source.threshold) as threshold_high,
    coalesce(episodes.unjudged, []) as unjudged,
    coalesce(episodes.load_ids, []) as load_ids,
    coalesce(came_back.back_after, []) as back_after,
    moved.moved_to,
    silenced.key is not null as is_silenced,
    latest.kind as decision,
    latest."by" as decided_by,
    cast(latest."at" as date) as decided_on,
    latest.reason as decision_reason,
    nullif(latest.plan, '') as plan,
    coalesce(assigned.owner, '') as assigned_to
from source
left join moved using (key)
left join silenced using (key)
left join latest using (key)
left join assigned on source.key = assigned.alert_key
left join came_back using (key)
left join episodes
    on
        source.rule = episodes.rule
        and source.shop = episodes.shop
        and source.entity_type = episodes.entity_type
        and source.entity = episodes.entity
        and source.since = episodes.since
left join shops on source.shop = shops.shop
left join entities
    on
        source.shop = entities.shop
        and source.entity_type = entities.entity_type
        and source.entity = entities.entity
left join plans
    on source.shop = plans.shop and source.entity_type = 'campaign' and source.entity = plans.entity
