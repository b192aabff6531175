/*
grain: one row per shop, measure that the platform holds the shop to, and look at it
note: A look holds until the next one at the same measure
columns:
  measure: Measure that the platform holds the shop to, in its own words
  direction: Whether the requirement is the most or the least (at_most, at_least)
  valid_from: Day of the look
  valid_until: Last day before the next look; missing for the newest
  allowance_used: >-
    How much of what the platform tolerates is used up; from 1 on it is not met. Of a limit the value by it; of a least share
    the share that fails by the share that may; of another least number 2 less the value by it
  is_met: Whether the value meets the requirement; one that equals a limit does not
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
