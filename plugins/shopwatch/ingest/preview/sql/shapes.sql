-- What a cell looks like, told from the cell alone. A shape is a suspicion: a person decides.

-- Shapes that hardly anything but a person's data has: masked or not.
create or replace temporary macro personal_shape(t) as
    case
        when regexp_full_match(t, '(\+?86[- ]?)?1[3-9][\d*]{9}([-转]\d{1,6})?') then 'phone'
        when regexp_full_match(t, '0\d{2,3}-[\d*]{7,8}(-\d{1,6})?') then 'phone'
        when regexp_full_match(t, '\+\d{1,3}[ -]?[\d() -]{7,16}') then 'phone'
        when regexp_full_match(t, '\(?\d{3}\)?[ -]\d{3}-\d{4}') then 'phone'
        when regexp_matches(t, '[^@\s]@[\w-]+\.[a-zA-Z]') then 'e-mail'
        when regexp_full_match(t, '[1-9]\d{5}(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}[\dXx]')
            then 'identity card'
        when regexp_matches(t, '\*\*') or regexp_full_match(t, '[#$]{2}.*|\p{Han}\*\p{Han}?|\*\p{Han}{1,2}')
            then 'masked value'
        when regexp_matches(t, '(省|市|区|县|州|镇).*\d\s*(号|室|栋|幢|弄|单元|楼)') then 'address'
        when regexp_matches(t, '(省|自治区).{1,12}(市|州|盟).{1,12}(区|县|市|旗)') then 'address'
        when regexp_matches(t, '(?i)^\d+\w? .*\b(street|road|avenue|lane|boulevard|blvd|drive)\b') then 'address'
        when regexp_full_match(t, '.{1,6}(先生|女士|小姐)') then 'name'
    end;

-- A surname and one or two characters more: many a name, but also 白色 and 金额.
create or replace temporary macro maybe_name(t) as
    regexp_full_match(
        t,
        '([赵钱孙李周吴郑王冯陈蒋沈韩杨朱秦许何吕张孔曹严华金魏陶姜谢邹章苏潘葛范彭鲁马方任袁柳唐薛雷贺汤罗毕郝安常傅齐康余顾孟黄'
        || '穆萧尹姚邵汪毛狄戴宋庞熊纪舒屈项祝董梁杜阮蓝闵席季贾江颜郭林钟徐邱骆高夏蔡田胡凌霍万柯管卢莫丁邓洪包石崔吉龚程邢'
        || '裴陆荣翁段侯武刘叶黎白赖乔温庄阎连习廖欧史关付牛尚易倪龙文聂曾向梅辛岳阳艾曲景]|欧阳|司马|上官|诸葛|慕容)\p{Han}{1,2}'
    );

-- A short word or phrase without digits that is unlikely to be a name.
create or replace temporary macro is_status_word(t) as
    length(t) <= 20
    and regexp_full_match(t, '[\p{Han}（）()，、/]{1,10}|[A-Z]?[a-z]+([ -][a-z]+)*|[A-Z]{1,4}/?[A-Z]{0,3}')
    and not maybe_name(t)
    and personal_shape(t) is null;
