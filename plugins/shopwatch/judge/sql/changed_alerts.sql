/*
grain: one row per alert that is new or differs from the store's
*/
with states as (
    select * from alert_states
),

known as (
    select * from store_alerts
)

select * exclude (known_severity) from states
except
select * from known
