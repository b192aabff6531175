/*
grain: one row per item of the set-up checklist and day
note: >
  The newest checklist, read back over all of the shop's days: an item is done from its done_on on, and overdue on each
  day after its due_on before that.
columns:
  days_overdue: Days since the item was due; 0 where it is done or not due yet, missing where it has no due date
  days_to_expiry: Days until it expires, negative afterwards; missing where it has no end
*/
with checklist as (
    select * from staging.stg_checklist
),

days as (
    select * from intermediate.int_days
)

select
    checklist.shop,
    days.day,
    cast(date_trunc('week', days.day) as date) as week_start,
    checklist.area,
    checklist.item,
    checklist.owner,
    checklist.due_on,
    checklist.done_on,
    checklist.expires_on,
    coalesce(checklist.done_on <= days.day, false) as is_done,
    cast(case
        when checklist.done_on <= days.day then 0
        when checklist.due_on is not null then greatest(days.day - checklist.due_on, 0)
    end as bigint) as days_overdue,
    cast(checklist.expires_on - days.day as bigint) as days_to_expiry,
    checklist.load_id
from checklist
inner join days using (shop)
