/*
grain: one row per shop whose exports have shipping data
*/
with orders as (
    select shop from marts.fct_order
    where is_paid and paid_at is not null and (shipped_at is not null or status in ('shipped', 'delivered', 'completed'))
),

parcels as (
    select shop from marts.fct_parcel
    where shipped_at is not null
)

select shop from orders
union
select shop from parcels
