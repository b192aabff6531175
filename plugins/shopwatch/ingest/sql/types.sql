-- Conversion of a cell to a value. Each step runs on the column made by the one before; nested they would multiply:
-- is_<kind>, which ends it for most cells, else trimmed -> bare -> present [-> plain_number or one_day] -> parse_<type>.
-- NULL: the cell is missing, or (where `present` gave something) cannot be read. Days and moments: `moments.sql`.

-- Earliest plausible day of an export: anything earlier has a two-digit year, and 26/1/5 may be any of three days.
create or replace temporary macro last_century() as date '1999-12-31';

-- Where the file's commas are decimal, 1.234 is 1,234 (see `decimals.py`).
create or replace temporary macro commas_are_decimal() as coalesce(cast(getvariable('commas_are_decimal') as boolean), false);
-- True if a cell that DuckDB can cast is written as DuckDB itself writes the value (12, 12.5 and 12.50 of 12.50):
-- nothing has to be cleaned, and the cast equals the result of the steps below.
create or replace temporary macro is_decimal(t, guess) as
    starts_with(cast(guess as varchar), t) and not (commas_are_decimal() and contains(t, '.'));
-- Where they are not known to be decimal, 1.234 of an amount may be 1,234.
create or replace temporary macro points_are_decimal() as coalesce(cast(getvariable('points_are_decimal') as boolean), false);
create or replace temporary macro is_integer(t, guess) as cast(guess as varchar) = t;
create or replace temporary macro is_date(t, guess) as
    strlen(t) = 10 and cast(guess as varchar) = t and guess > last_century();
create or replace temporary macro is_moment(t, guess) as
    strlen(t) = 19 and cast(guess as varchar) = t and guess > last_century();

-- The blanks that platforms and Excel leave at the ends: space, tab, line ends, BOM, no-break and wide spaces.
create or replace temporary macro blanks() as concat(' ', chr(9), chr(10), chr(13), chr(160), chr(12288), chr(65279));

-- True if blanks may follow `head`, the start of the text, or precede `tail`, its end. A comparison costs a fifth of a
-- regular expression, and few cells need more.
create or replace temporary macro may_have_blanks(t, head, tail) as
    t < head || '!'
    or (t >= head || chr(160) and t < head || '、')
    or starts_with(t, head || chr(65279))
    or ends_with(t, ' ' || tail)
    or ends_with(t, chr(9) || tail)
    or ends_with(t, chr(10) || tail)
    or ends_with(t, chr(13) || tail)
    or ends_with(t, chr(160) || tail)
    or ends_with(t, chr(12288) || tail)
    or ends_with(t, chr(65279) || tail);

create or replace temporary macro trimmed(t) as
    case when may_have_blanks(t, '', '') then trim(t, blanks()) else t end;

-- Off with Excel's disguises of text: ="123" and '123.
create or replace temporary macro bare(t) as
    case
        when not starts_with(t, '="') and not starts_with(t, '''') then t
        when starts_with(t, '''') then trim(t[2:], blanks())
        when t not like '="%"' then t
        when may_have_blanks(t, '="', '"') then trim(substring(t, 3, length(t) - 3), blanks())
        else substring(t, 3, length(t) - 3)
    end;

-- Full-width digits, as a Chinese keyboard types them, of numbers and times: １２８．００.
create or replace temporary macro narrow(t) as
    case
        when strlen(t) = length(t) or not regexp_matches(t, '[０-９]') then t
        else translate(t, '０１２３４５６７８９．，－／：％＋　', '0123456789.,-/:%+ ')
    end;

-- An empty cell, - and -- are missing, not zero; so are the dashes of Chinese and English type.
create or replace temporary macro present(t) as
    case when t not in ('', '-', '--', '－', '—', '——', '–') then t end;

-- Whether the sign of an amount, where it has one, may be that of the shop's own currency. 12 US$ are not 12 CNY.
create or replace temporary macro is_own_currency(t, own) as
    own is null
    or case
        when not regexp_matches(t, '(?i)[a-z$¥￥£€₹元]') then true
        when regexp_matches(t, '(?i)₹|inr') then own = 'INR'
        when regexp_matches(t, '(?i)mx') then own = 'MXN'
        when regexp_matches(t, '(?i)ca') then own = 'CAD'
        when regexp_matches(t, '(?i)r\$') then own = 'BRL'
        when regexp_matches(t, '(?i)a\$') then own = 'AUD'
        when regexp_matches(t, '(?i)us') then own = 'USD'
        when regexp_matches(t, '(?i)hk') then own = 'HKD'
        when regexp_matches(t, '(?i)[£g]') then own = 'GBP'
        when regexp_matches(t, '(?i)[€e]') then own = 'EUR'
        when contains(t, '$') then own not in ('CNY', 'GBP', 'EUR', 'JPY')
        when regexp_matches(t, '[¥￥]') then own in ('CNY', 'JPY')
        else own = 'CNY'
    end;

-- The comma of 19,99 can only be decimal. A file with 19.99 or 1,234 has other commas.
create or replace temporary macro has_decimal_comma(t) as
    regexp_matches(t, '\d,(\d{1,2}|\d{4,})\D*$|\d{4},\d|\.\d{3},\d|(^|\D)0\d*,\d');
create or replace temporary macro has_other_commas(t) as
    regexp_matches(
        t, '\.(\d{1,2}|\d{4,})\D*$|\d{4}\.\d|,\d{3}\.\d|(^|\D)0\d*\.\d|(^|[^\d.,])[1-9]\d{0,2}(,\d{3})+(\D|$)'
    );

-- 1.234 alone is 1,234 with points between thousands, or an amount of three decimals, as some currencies have. 1.234万 is
-- 12,340.
create or replace temporary macro has_thousand_point(t) as regexp_matches(t, '(^|[^\d.,])[1-9]\d{0,2}\.\d{3}[^\d万亿]*$');
create or replace temporary macro has_three_decimals(currency) as
    coalesce(currency in ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'), false);

-- In contracts that allow amounts such as 1.234,56, points and blanks separate thousands: 1.234 is 1,234 except in
-- currencies of three decimals. Otherwise plain digits are unchanged; currency signs are removed, and separators where
-- they separate thousands (1,23 is ambiguous without the contract's statement). (12.50) is -12.50. The Indian
-- subcontinent also separates hundred thousands: 1,23,456.
create or replace temporary macro plain_number(t) as
    case
        when
            commas_are_decimal()
            and regexp_full_match(
                t,
                '(?i)\(?[-+]?\s*(cny|rmb|usd|us\$|hk\$|mx\$|ca\$|a\$|r\$|gbp|eur|inr|[¥￥$£€₹])?\s*[-+]?'
                '(\d{1,3}([.\s\x{a0}\x{202f}'']\d{3})+|\d+)(,\d*)?[\s\x{a0}\x{202f}]*([$£€₹]|eur|usd|gbp)?[万亿]?[元%]?\)?'
            )
            and is_own_currency(t, cast(getvariable('currency') as varchar))
            then replace(
                regexp_replace(regexp_replace(t, '(?i)[^-+\d,%万亿(]', '', 'g'), '^\(', '-'), ',', '.'
            )
        when
            cast(getvariable('decimal_comma') as boolean)
            and (
                regexp_full_match(t, '(?i)[-+]?(\d{1,3}([.\s\x{a0}\x{202f}]\d{3})+|\d+),\d{1,2}[\s\x{a0}\x{202f}]*(€|eur)?')
                or (
                    regexp_full_match(t, '[-+]?[1-9]\d{0,2}(\.\d{3})+')
                    and not has_three_decimals(cast(getvariable('currency') as varchar))
                )
            )
            and is_own_currency(t, cast(getvariable('currency') as varchar))
            then replace(regexp_replace(t, '(?i)[.\s\x{a0}\x{202f}€eur]', '', 'g'), ',', '.')
        when regexp_full_match(t, '[-+]?\d*\.?\d*') then t
        when
            (
                regexp_full_match(
                    t,
                    '(?i)\(?[-+]?\s*(cny|rmb|usd|us\$|hk\$|mx\$|ca\$|a\$|r\$|gbp|eur|inr|[¥￥$£€₹])?\s*[-+]?'
                    '([1-9]\d{0,2}([,，\s\x{a0}\x{202f}'']\d{3})+|\d+)?(\.\d*)?\s*[万亿]?[元%]?\)?'
                )
                or (
                    cast(getvariable('currency') as varchar) in ('INR', 'PKR', 'BDT', 'NPR')
                    and regexp_full_match(t, '(?i)[-+]?(inr|₹)?\s*[-+]?\d{1,2}(,\d{2})+,\d{3}(\.\d*)?')
                )
            )
            and is_own_currency(t, cast(getvariable('currency') as varchar))
            then regexp_replace(regexp_replace(t, '(?i)[^-+\d.%万亿(]', '', 'g'), '^\(', '-')
        else t
    end;

-- All numbers of a row at once: DuckDB compiles the regular expressions above anew wherever `plain_number` is called.
create or replace temporary macro plain_numbers(cells) as
    list_transform(cells, lambda t: case when t is not null then plain_number(t) end);

-- A word of a status as it is compared: upper and lower case, wide and narrow forms (（ and (), and blanks are alike.
create or replace temporary macro folded(t) as
    lower(regexp_replace(
        translate(
            t,
            '！＂＃＄％＆＇（）＊＋，－．／０１２３４５６７８９：；＜＝＞？＠ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ［＼］＾＿｀ａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ｛｜｝～',
            '!"#$%&''()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\]^_`abcdefghijklmnopqrstuvwxyz{|}~'
        ),
        '[\s\x{a0}\x{3000}\x{feff}]+',
        '',
        'g'
    ));

-- Words for a total, in place of an id or a name.
create or replace temporary macro is_total_word(t) as
    strlen(t) < 40 and regexp_full_match(trim(t, blanks()), '(?i)(合\s*[计計]|[总總]\s*[计計]|汇总|小计|全部|(grand |sub)?total)\s*[:：]?');

create or replace temporary macro parse_text(t) as t;

-- 6.9E+18 is what Excel leaves of an 18-digit id: the digits cannot be restored. #N/A is no id either.
create or replace temporary macro parse_id(t) as
    case
        when starts_with(t, '#') and t in ('#N/A', '#DIV/0!', '#VALUE!', '#REF!', '#NAME?', '#NUM!', '#NULL!') then null
        when contains(t, '+') and regexp_full_match(t, '\d+(\.\d+)?[eE]\+\d+') then null
        when starts_with(t, 'ID') then regexp_replace(t, '^ID[：:]\s*', '')
        else t
    end;

-- Ids made by a platform have no blanks and no letters except A to Z; a shop may append something in brackets: 1044
-- (POS). Anything else in the column (a name, an address, an e-mail, an identity card number with its X) comes from a
-- shifted row.
create or replace temporary macro is_platform_id(t) as
    regexp_full_match(t, '[!-?A-~]+( \([!-?A-~]+\))?')
    and not (
        length(t) = 18
        and right(t, 1) in ('x', 'X')
        and regexp_full_match(t, '[1-8]\d{5}(19|20)\d{2}(0[1-9]|1[0-2])([0-2]\d|3[01])\d{3}[xX]')
    );

create or replace temporary macro parse_platform_id(t) as case when is_platform_id(t) then parse_id(t) end;

create or replace temporary macro parse_money(t) as
    case
        when
            has_thousand_point(t)
            and not points_are_decimal()
            and not has_three_decimals(cast(getvariable('currency') as varchar))
            then null
        when regexp_full_match(t, '[-+]?(\d+\.?\d*|\.\d+)')
            then try_cast(t as decimal(18, 2))
        when regexp_full_match(t, '[-+]?(\d+\.?\d*|\.\d+)[万亿]')
            then try_cast(
                try_cast(t[:-2] as decimal(18, 6)) * if(t[-1:] = '万', 10000, 100000000) as decimal(18, 2)
            )
    end;

create or replace temporary macro parse_price(t) as
    case
        when regexp_full_match(t, '[-+]?(\d+\.?\d*|\.\d+)')
            then try_cast(t as decimal(18, 4))
    end;

create or replace temporary macro parse_count(t) as
    case
        when regexp_full_match(t, '[-+]?\d+(\.(0{0,2}|0{4,}))?')  -- 2.000 may be two thousand
            then try_cast(t as bigint)
        when regexp_full_match(t, '[-+]?\d+(\.\d+)?[万亿]')
            then try_cast(
                try_cast(t[:-2] as decimal(18, 6)) * if(t[-1:] = '万', 10000, 100000000) as bigint
            )
    end;

create or replace temporary macro parse_ratio(t) as
    case
        when regexp_full_match(t, '[-+]?\d+(\.\d+)?%')
            then try_cast(rtrim(t, '%') as double) / 100
        when regexp_full_match(t, '[-+]?\d+(\.\d+)?')
            then try_cast(t as double)
    end;

-- The shop's own currency, where it has one; an amount in another could not be added to its own.
create or replace temporary macro parse_currency(t, own) as
    case when upper(t) = coalesce(own, upper(t)) then upper(t) end;

-- 4.86, and 4.86（+0.02） or 4.86↑0.02, where what follows is the change.
create or replace temporary macro parse_score(t) as
    case
        when regexp_full_match(t, '\d+(\.\d+)?\s*(分?\s*[（(↑↓+＋−-].*|分|持平)?')
            then try_cast(regexp_extract(t, '^\d+(\.\d+)?') as double)
    end;

-- 80, 80.5秒, 1分20秒, 2小时3分, 1:20, 01:02:03.
create or replace temporary macro parse_seconds(t) as
    case
        when regexp_full_match(t, '\d+(\.\d+)?\s*(秒|s)?')
            then try_cast(regexp_extract(t, '^[\d.]+') as double)
        when regexp_full_match(t, '(\d+天)?(\d+小?时)?(\d+分钟?)?(\d+(\.\d+)?秒)?')
            then coalesce(try_cast(regexp_extract(t, '(\d+)天', 1) as double), 0) * 86400
                + coalesce(try_cast(regexp_extract(t, '(\d+)小?时', 1) as double), 0) * 3600
                + coalesce(try_cast(regexp_extract(t, '(\d+)分', 1) as double), 0) * 60
                + coalesce(try_cast(regexp_extract(t, '([\d.]+)秒', 1) as double), 0)
        when regexp_full_match(t, '(\d+:)?[0-5]?\d:[0-5]\d')
            then coalesce(try_cast(regexp_extract(t, '^(\d+):\d+:', 1) as double), 0) * 3600
                + try_cast(regexp_extract(t, '(\d+):\d+$', 1) as double) * 60
                + try_cast(regexp_extract(t, '(\d+)$', 1) as double)
    end;

-- Only province and city of an address are kept; missing if it does not begin with them.
create or replace temporary macro provinces() as
    '^(?:中国)?[\s,，]*(北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南'
    || '|四川|贵州|云南|陕西|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门)';

-- The part of an address needed for them: text between at most three separators, up to the first digit. A cell that
-- begins with a blank or in disguise still has to be cleaned, so all of it is returned.
create or replace temporary macro place_of(t) as
    case
        when ascii(t) in (9, 10, 13, 32, ascii(''''), ascii('='), 160, 12288, 65279) then t
        else regexp_extract(t, '^[^\s\d,，]*[\s,，]*[^\s\d,，]*[\s,，]*[^\s\d,，]*[\s,，]*[^\s\d,，]*')
    end;

create or replace temporary macro parse_province(t) as
    nullif(regexp_extract(t, provinces(), 1), '');

create or replace temporary macro parse_city(t) as
    coalesce(
        nullif(
            regexp_extract(
                t,
                provinces()
                || '(?:省|市|特别行政区|(?:壮族|回族|维吾尔)?自治区)?[\s,，]*([^\s\d省区县]{2,8}?(?:市|自治州|地区|盟))',
                2
            ),
            ''
        ),
        nullif(regexp_extract(t, '^(?:中国)?[\s,，]*(北京|天津|上海|重庆|香港|澳门)', 1), '') || '市'
    );

-- HMAC-SHA256 (RFC 2104), the key already spread over the two pads, cut to 16 hexadecimal digits.
create or replace temporary macro parse_pseudonym(t, inner_pad, outer_pad) as
    left(sha256(outer_pad || unhex(sha256(inner_pad || encode(t)))), 16);
