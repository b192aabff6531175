-- Parts of the night that the lake does not have, or has with other rows, and parts that the night no longer has.
create or replace temp table changed_parts as
with night_parts as (
    from temp.night_parts
),

lake_parts as (
    from lake._internal.parts
)

select table_name, shop, year from (from night_parts except from lake_parts)
union
select table_name, shop, year from (from lake_parts except from night_parts);

select distinct table_name from temp.changed_parts order by table_name
