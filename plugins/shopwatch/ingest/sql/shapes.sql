-- Shape of a cell, derived from the cell alone. A shape is a suspicion: a person decides.

-- Shapes of values that are almost always personal data, masked or not.
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

-- Words that stand for a status, a number or a day, and nothing else: whatever has another word in it may be a name.
create or replace temporary macro is_status_word(t) as
    length(t) <= 40
    and (
        regexp_full_match(
            t,
            '([（）()，、/ ]|全部|部分|没有|等待|尚未|暂时|免费|赠品|赠送|包邮|到付|昨天|今天|明天|前天|当天|次日|现在|稍后|随时|长期|永久|不限'
            || '|买家|卖家|商家|平台|系统|客户|用户|仓库|客服|付款|支付|收款|打款|转账|现金|退款|退货|退回|换货|售后|申请|处理|受理|审核|审批'
            || '|同意|拒绝|驳回|撤销|撤回|取消|关闭|完成|成功|失败|异常|正常|交易|订单|发货|收货|出库|入库|缺货|预售|定金|尾款|签收|揽收|派送'
            || '|运输|物流|快递|配送|结算|到账|入账|冻结|锁定|确认|评价|拆单|合并|补发|删除|生效|失效|过期|开始|结束|进行|作废|停用|启用|下架'
            || '|上架|手工|人工|自动|默认|其他|其它|面议|详见|备注|同上|如上|待定|待补|暂定|适用|未知|不详|不明|清楚|保密|线下|线上|数据|金额|时间'
            || '|日期|数量|价格|单价|费用|运费|邮费|合计|总计|小计|汇总|有效|无效|[无没未待已暂不非否是有全免略空中后前了的再需可请见'
            || '零〇一二两三四五六七八九十百千个件元天年月日])+'
        )
        or lower(t) in ('n/a', 'n.a.', 'na', '#n/a')
        or len(list_filter(
            regexp_split_to_array(lower(t), '[ /_-]+'),
            lambda word: word not in (
                'active', 'amount', 'applicable', 'approved', 'authorized', 'available', 'awaiting', 'blank', 'buyer',
                'canceled', 'cancelled', 'closed', 'cod', 'complete', 'completed', 'confirmation', 'confirmed',
                'customer', 'damaged', 'date', 'delivered', 'draft', 'empty', 'error', 'exchanged', 'expired', 'failed',
                'false', 'for', 'free', 'fulfilled', 'fully', 'gift', 'hold', 'in', 'inactive', 'inf', 'infinity',
                'invalid', 'item', 'items', 'lost', 'missing', 'nan', 'never', 'nil', 'no', 'none', 'not', 'null', 'of',
                'on', 'open', 'order', 'out', 'paid', 'partial', 'partially', 'paused', 'payment', 'pending', 'prepaid',
                'price', 'processed', 'processing', 'refund', 'refunded', 'rejected', 'requested', 'return', 'returned',
                'review', 'sample', 'seller', 'sender', 'shipment', 'shipped', 'stock', 'subtotal', 'sum', 'tba', 'tbc',
                'tbd', 'time', 'to', 'today', 'tomorrow', 'total', 'transit', 'true', 'under', 'unfulfilled', 'unknown',
                'unlimited', 'unpaid', 'unshipped', 'valid', 'void', 'voided', 'waiting', 'yes', 'yesterday', 'yet'
            )
        )) = 0
    );
