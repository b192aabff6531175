-- First, second and last day of each load in `typed`, and the fewest days from one to the next (NULL: a single day).
with days as (
    select
        load_id,
        day
    from typed
    where problem is null and day is not null
    group by load_id, day
),

stepped as (
    select
        load_id,
        day,
        day - lag(day) over (partition by load_id order by day) as step
    from days
)

select
    min(day) as first_day,
    min(day, 2)[2] as second_day,
    max(day) as last_day,
    min(step) as step
from stepped
group by load_id
