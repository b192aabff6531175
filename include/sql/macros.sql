-- What models share.

-- The change from one value to another as a share of the earlier; missing where either is, or the earlier is zero.
create or replace temporary macro change(now_value, then_value) as
    if(then_value = 0, null, (cast(now_value as double) - cast(then_value as double)) / abs(cast(then_value as double)));
