-- Removes what is compared again: everything of a comparison of all days, and the changed days of the others ($kept).
delete from ops.reconciliation
where not list_contains($kept, reconciliation) or (shop, day) in (select shop, day from changed_days);
