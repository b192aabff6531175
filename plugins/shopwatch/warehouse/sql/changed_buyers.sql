-- Adds the buyers of the orders of changed days to changed_buyers (shop, buyer): before the orders are built, and after.
insert into changed_buyers
select distinct shop, buyer
from marts.fct_order
semi join changed_days using (shop, day)
where buyer is not null
