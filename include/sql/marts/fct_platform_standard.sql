/*
grain: one row per shop, measure that the platform holds the shop to, and look at it
note: A look holds until the next one at the same measure
columns:
  measure: Measure that the platform holds the shop to, in its own words
  direction: Whether the requirement is the most or the least (at_most, at_least)
  valid_from: Day of the look
  valid_until: Last day before the next look; missing for the newest
  allowance_used: >-
    Share of the platform's allowance that is used up; the requirement is not met from 1 on. For a limit: value / limit. For a minimum
    share: (1 - value) / (1 - minimum). For another minimum: 2 - value / minimum
  is_met: Whether the value meets the requirement; a value equal to a limit does not
*/
with standards as (
    select * from staging.stg_platform_standards
),

judged as (
    select
        *,
        cast(lead(checked_on) over (partition by shop, measure order by checked_on) - 1 as date) as valid_until,
        case
            when direction = 'at_most' and required > 0 then stated / required
            when direction = 'at_most' then if(stated > 0, 2, 0)
            when required < 1 then (1 - stated) / (1 - required)
            else 2 - stated / required
        end as allowance_used
    from standards
)

select
    shop,
    measure,
    checked_on as valid_from,
    valid_until,
    stated,
    required,
    direction,
    stated_in,
    allowance_used,
    if(direction = 'at_most', allowance_used < 1, allowance_used <= 1) as is_met,
    load_id
from judged
