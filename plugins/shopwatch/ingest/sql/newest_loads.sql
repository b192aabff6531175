-- Grain: one row per file of a shop and export among the 60 newest: its SHA-256.
select sha256 from loads
where shop = $1 and source = $2 and state not in ('rejected', 'failed')
order by exported_at desc
limit 60
