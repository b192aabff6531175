-- Replaces the fingerprints of the periods that changed.
delete from ops.judged_inputs
where
    (shop, metric, grain, entity_type, period_start) in (
        select shop, metric, grain, entity_type, period_start from judged_changed_inputs
    );

insert into ops.judged_inputs by name
select * from judged_inputs
semi join judged_changed_inputs using (shop, metric, grain, entity_type, period_start);
