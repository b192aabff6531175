-- Drops the judge's temporary tables.
drop view judged_all;
drop table judged_periods;
drop table judged_counts;
drop table judged_histories;
drop table judged_examined;
drop table judged_followed;
drop table judged_explained;
