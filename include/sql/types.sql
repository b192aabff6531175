-- How a cell becomes a value. The steps run one after the other, each on the column that the one
-- before it made (one macro inside another would multiply the expression at every use):
-- trimmed -> bare -> present [-> plain_number] -> parse_<type>.
-- NULL: the cell is missing, or (where `present` gave something) cannot be read.

-- Off with the blanks that platforms and Excel leave at the ends: space, tab, line ends, BOM, no-break and wide spaces.
create or replace temporary macro trimmed(t) as
    trim(t, concat(' ', chr(9), chr(10), chr(13), chr(160), chr(12288), chr(65279)));

-- Off with Excel's disguises of text: ="123" and '123.
create or replace temporary macro bare(t) as
    case
        when t like '="%"' then trimmed(t[3:-2])
        when t like '''%' then trimmed(t[2:])
        else t
    end;

-- An empty cell, - and -- are missing, not zero.
create or replace temporary macro present(t) as
    case when t not in ('', '-', '--') then t end;

create or replace temporary macro plain_number(t) as
    regexp_replace(t, '[,，¥￥$£€元\s]', '', 'g');

create or replace temporary macro parse_text(t) as t;

-- 6.9E+18 is what Excel leaves of an 18-digit id: nothing can bring the digits back.
create or replace temporary macro parse_id(t) as
    case
        when regexp_full_match(t, '\d+(\.\d+)?[eE]\+\d+') then null
        else regexp_replace(t, '^ID[：:]\s*', '')
    end;

create or replace temporary macro parse_money(t) as
    case
        when regexp_full_match(t, '[-+]?(\d+\.?\d*|\.\d+)')
            then try_cast(t as decimal(18, 2))
    end;

create or replace temporary macro parse_price(t) as
    case
        when regexp_full_match(t, '[-+]?(\d+\.?\d*|\.\d+)')
            then try_cast(t as decimal(18, 4))
    end;

create or replace temporary macro parse_count(t) as
    case
        when regexp_full_match(t, '[-+]?\d+(\.0*)?')
            then try_cast(t as bigint)
    end;

create or replace temporary macro parse_ratio(t) as
    case
        when regexp_full_match(t, '[-+]?\d+(\.\d+)?%')
            then try_cast(rtrim(t, '%') as double) / 100
        when regexp_full_match(t, '[-+]?\d+(\.\d+)?')
            then try_cast(t as double)
    end;

create or replace temporary macro parse_timestamp(t) as
    try_strptime(
        t,
        [
            '%Y-%m-%d %H:%M:%S', '%Y/%m/%d %H:%M:%S', '%Y-%m-%d %H:%M', '%Y/%m/%d %H:%M',
            '%Y-%m-%dT%H:%M:%S', '%Y%m%d%H%M%S', '%Y-%m-%d', '%Y/%m/%d', '%Y%m%d'
        ]
    );

-- A row that sums several days (2026-11-01~2026-11-07) cannot be split into days, so it is no day.
create or replace temporary macro parse_day(t) as
    case
        when not contains(t, '~')
            or cast(parse_timestamp(split_part(t, '~', 1)) as date)
            = cast(parse_timestamp(split_part(t, '~', 2)) as date)
            then cast(parse_timestamp(split_part(t, '~', 1)) as date)
    end;

-- HMAC-SHA256 (RFC 2104), the key already spread over the two pads, cut to 16 hexadecimal digits.
create or replace temporary macro parse_pseudonym(t, inner_pad, outer_pad) as
    left(sha256(outer_pad || unhex(sha256(inner_pad || encode(t)))), 16);
