-- Conversion of a cell to a day or a moment; the cell was cleaned by the steps of `types.sql`.

-- By the order that the contract states: 1/2/2026 alone does not show which is the day.
create or replace temporary macro day_first(t) as
    try_strptime(
        t,
        [
            '%d/%m/%Y %H:%M:%S', '%d/%m/%Y %H:%M', '%d/%m/%Y %I:%M:%S %p', '%d/%m/%Y %I:%M %p', '%d/%m/%Y',
            '%d-%m-%Y %H:%M:%S', '%d-%m-%Y %H:%M', '%d-%m-%Y', '%d.%m.%Y %H:%M:%S', '%d.%m.%Y %H:%M', '%d.%m.%Y'
        ]
    );

create or replace temporary macro month_first(t) as
    try_strptime(
        t,
        [
            '%m/%d/%Y %H:%M:%S', '%m/%d/%Y %H:%M', '%m/%d/%Y %I:%M:%S %p', '%m/%d/%Y %I:%M %p', '%m/%d/%Y',
            '%m-%d-%Y %H:%M:%S', '%m-%d-%Y %H:%M', '%m-%d-%Y'
        ]
    );

-- The year of 3/11/26 is 2026: only where the contract states the order, for it might be the day.
create or replace temporary macro has_short_year(t) as regexp_full_match(t, '\d{1,2}[-/.]\d{1,2}[-/.]\d{2}( .*)?');

create or replace temporary macro with_long_year(t) as
    regexp_replace(t, '^(\d{1,2}[-/.]\d{1,2}[-/.])(\d{2})', '\120\2');

-- 03/11/69 was written of no year after the export's.
create or replace temporary macro up_to_export(moment, exported_at) as
    case
        when coalesce(year(moment) <= year(cast(exported_at as timestamp) + interval 1 day), true)
            then moment
    end;

create or replace temporary macro year_first(t) as
    case
        when strlen(t) in (8, 14) or not regexp_full_match(t, '\d+')  -- 2026115 may be two days
            then try_strptime(
                t,
                [
                    '%Y-%m-%d %H:%M:%S', '%Y/%m/%d %H:%M:%S', '%Y-%m-%d %H:%M', '%Y/%m/%d %H:%M', '%Y-%m-%dT%H:%M:%S',
                    '%Y%m%d%H%M%S', '%Y-%m-%d', '%Y/%m/%d', '%Y%m%d', '%Y.%m.%d', '%Y年%m月%d日',
                    '%Y年%m月%d日 %H:%M:%S', '%Y年%m月%d日 %H:%M', '%Y年%m月%d日 %H时%M分%S秒', '%Y.%m.%d %H:%M:%S',
                    '%Y.%m.%d %H:%M', '%Y%m%d %H:%M:%S', '%Y%m%d %H:%M', '%Y-%m-%d %I:%M:%S %p',
                    '%Y/%m/%d %I:%M:%S %p', '%Y-%m-%d %H:%M:%S.%f', '%b %d, %Y', '%d-%b-%Y', '%d %b %Y'
                ]
            )
    end;

-- With an offset from UTC: turned into the shop's own time.
create or replace temporary macro with_offset(t, zone) as
    case
        when regexp_full_match(t, '(\d{4}|\d\d\.\d\d\.).*\d ?([-+]\d\d:?\d\d|Z|UTC)')
            then timezone(
                zone,
                try_strptime(
                    regexp_replace(t, '(Z|UTC)$', '+0000'),
                    [
                        '%d.%m.%Y %H:%M:%S %z', '%Y-%m-%dT%H:%M:%S%z', '%Y-%m-%d %H:%M:%S %z',
                        '%Y-%m-%dT%H:%M:%S.%g%z', '%Y-%m-%dT%H:%M:%S.%f%z'
                    ]
                )
            )
    end;

-- 45962.5 is Excel's count of days since 1900, as it stands in csv files that were saved from a workbook without a date
-- format. On a Mac it may count since 1904, which is 1,462 days later: read only if that would be after the export.
create or replace temporary macro since_1900(t, exported_at) as
    case
        when
            regexp_full_match(t, '[2-7]\d{4}(\.\d+)?')
            and coalesce(
                timestamp '1904-01-01' + to_seconds(round(try_cast(t as double) * 86400))
                > cast(exported_at as timestamp) + interval 1 day,
                true
            )
            then timestamp '1899-12-30' + to_seconds(round(try_cast(t as double) * 86400))
    end;

create or replace temporary macro in_this_century(moment) as
    nullif(greatest(moment, cast(last_century() as timestamp)), cast(last_century() as timestamp));

-- One macro for each order of day and month: to bind the formats of all of them takes longer than to read a small file.
-- Wall clock stays.
create or replace temporary macro parse_timestamp_year_first(t, zone, exported_at) as
    in_this_century(coalesce(year_first(t), with_offset(t, zone), since_1900(t, exported_at)));

create or replace temporary macro parse_timestamp_day_first(t, zone, exported_at) as
    in_this_century(
        coalesce(
            case when has_short_year(t) then up_to_export(day_first(with_long_year(t)), exported_at) end,
            year_first(t),
            day_first(t),
            with_offset(t, zone),
            since_1900(t, exported_at)
        )
    );

create or replace temporary macro parse_timestamp_month_first(t, zone, exported_at) as
    in_this_century(
        coalesce(
            case when has_short_year(t) then up_to_export(month_first(with_long_year(t)), exported_at) end,
            year_first(t),
            month_first(t),
            with_offset(t, zone),
            since_1900(t, exported_at)
        )
    );

-- A time that was never set, as databases write it: missing, not unreadable.
create or replace temporary macro is_no_time(t) as starts_with(t, '0000-00-00');

-- A moment without its time of day: 2026-11-02 of 2026-11-02 23:59, 20261102 of 20261102235959. With an offset from UTC
-- it is left as it is, since the shop's own day may be another.
create or replace temporary macro day_part(t) as
    case
        when regexp_full_match(t, '\d{14}') then left(t, 8)
        when regexp_full_match(t, '\d[^ T]*[ T][\d:.]+( ?[AaPp][Mm])?') then regexp_extract(t, '^[^ T]+')
        else t
    end;

-- A range that begins and ends on the same day (2026-11-02~2026-11-02) is that day. A row that sums several days
-- (2026-11-01~2026-11-07) cannot be split into days: its range is left unchanged and does not parse.
create or replace temporary macro one_day(t) as
    case
        when not contains(t, '~') then t
        when day_part(trim(split_part(t, '~', 1))) = day_part(trim(split_part(t, '~', 2)))
            then day_part(trim(split_part(t, '~', 1)))
        else t
    end;

create or replace temporary macro parse_day_year_first(t, zone, exported_at) as
    cast(parse_timestamp_year_first(t, zone, exported_at) as date);

create or replace temporary macro parse_day_day_first(t, zone, exported_at) as
    cast(parse_timestamp_day_first(t, zone, exported_at) as date);

create or replace temporary macro parse_day_month_first(t, zone, exported_at) as
    cast(parse_timestamp_month_first(t, zone, exported_at) as date);
