from __future__ import annotations

import io
import random
import shutil
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from files import (
    SYCM,
    SYCM_PREAMBLE,
    TMALL,
    WANXIANG,
    csv_bytes,
    headers,
    order,
    orders_csv,
    plan,
    plans_csv,
    product,
    products_xls,
    table,
    xls_bytes,
    xlsx_bytes,
)
from order_files import DOUDIAN
from shopwatch.catalog.contracts import Contract, load_contracts
from shopwatch.catalog.shops import Shop
from shopwatch.cli.inspect_report import print_report
from shopwatch.core.settings import PROJECT, Settings
from shopwatch.ingest.detect import Detection, RejectedError, detect_contract
from shopwatch.ingest.preview.inspect import inspect


@pytest.fixture(scope="module")
def contracts() -> dict[str, Contract]:
    return load_contracts(PROJECT / "include")


def told(tmp_path: Path, contracts: dict[str, Contract], content: bytes, name: str = "any.csv") -> Detection:
    path = tmp_path / name
    path.write_bytes(content)
    return detect_contract(path, contracts)


def refused(tmp_path: Path, contracts: dict[str, Contract], content: bytes, name: str = "any.csv") -> str:
    with pytest.raises(RejectedError) as error:
        told(tmp_path, contracts, content, name)
    return str(error.value)


def test_columns_in_any_order(tmp_path: Path, contracts: dict[str, Contract]) -> None:
    for seed in range(10):
        headers = random.Random(seed).sample(TMALL, len(TMALL))
        found = told(tmp_path, contracts, csv_bytes(table(headers, [order(1)])))
        assert found.contract.export == "tmall_orders"
        assert found.titles == tuple(header.strip() for header in headers)


def test_an_alias_counts_for_the_usual_header(tmp_path: Path, contracts: dict[str, Contract]) -> None:
    renamed = ["买家实付金额" if header == "买家实际支付金额" else header for header in TMALL]
    assert told(tmp_path, contracts, csv_bytes([renamed])).contract.export == "tmall_orders"
    refunds = ["售中售后成功退款金额" if header == "成功退款金额" else header for header in SYCM]
    assert told(tmp_path, contracts, xls_bytes([refunds]), "a.xls").contract.export == "sycm_products"


@pytest.mark.parametrize("dressed", ["{} ", "\t{}", "{}\n", "\u3000{}", "\u00a0{}", "{}\r\n", "\ufeff{}"], ids=ascii)
def test_blanks_line_ends_and_marks_in_headers_do_not_count(
    tmp_path: Path, contracts: dict[str, Contract], dressed: str
) -> None:
    headers = [dressed.format(header) for header in WANXIANG]
    found = told(tmp_path, contracts, csv_bytes([headers, ["x"] * len(headers)], "utf-8"))
    assert found.contract.export == "wanxiang_plans"
    assert found.titles == tuple(WANXIANG)
    assert found.header_line == sum(header.count("\n") for header in headers) + 1


def test_a_line_end_inside_a_header(tmp_path: Path, contracts: dict[str, Contract]) -> None:
    headers = [header.replace("总成交", "总\n成交") for header in WANXIANG]
    found = told(tmp_path, contracts, csv_bytes([["标题"], headers], end="\n"))
    assert (found.contract.export, found.header_line) == ("wanxiang_plans", 4)


@pytest.mark.parametrize("above", range(7))
def test_lines_above_the_header(tmp_path: Path, contracts: dict[str, Contract], above: int) -> None:
    lines = [[f"说明{number}"] for number in range(above)] + table(WANXIANG, [plan(1)])
    for content, name in ((csv_bytes(lines), "a.csv"), (xls_bytes(lines), "a.xls"), (xlsx_bytes(lines), "a.xlsx")):
        found = told(tmp_path, contracts, content, name)
        assert (found.contract.export, found.header_line) == ("wanxiang_plans", above + 1)
        assert found.preamble == tuple(" ".join(line) for line in _padded(lines[:above], found, name))


def _padded(lines: list[list[str]], found: Detection, name: str) -> list[list[str]]:
    """Sheets are as wide in each line as in their widest."""
    width = 1 if name == "a.csv" else len(found.headers)
    return [line + [""] * (width - len(line)) for line in lines]


def test_a_header_below_the_thirtieth_line_is_not_looked_for(tmp_path: Path, contracts: dict[str, Contract]) -> None:
    assert "unknown" in refused(tmp_path, contracts, csv_bytes([*[["x"]] * 30, WANXIANG]))
    assert told(tmp_path, contracts, csv_bytes([*[["x"]] * 29, WANXIANG])).header_line == 30


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"], ids=["comma", "tab", "semicolon", "bar"])
def test_delimiters(tmp_path: Path, contracts: dict[str, Contract], delimiter: str) -> None:
    found = told(tmp_path, contracts, csv_bytes([["说明, 一; 二"], *table(WANXIANG, [plan(1)])], delimiter=delimiter))
    assert (found.contract.export, found.delimiter) == ("wanxiang_plans", delimiter)


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_encodings(tmp_path: Path, contracts: dict[str, Contract], encoding: str) -> None:
    content = csv_bytes(table(WANXIANG, [plan(1)]), encoding)
    if encoding == "utf-16-be":
        content = b"\xfe\xff" + content
    found = told(tmp_path, contracts, content)
    assert (found.contract.export, found.titles) == ("wanxiang_plans", tuple(WANXIANG))


@pytest.mark.parametrize("name", ["a.csv", "a.xls", "a.xlsx", "a.txt", "a", "订单.bin"])
def test_a_misleading_name_changes_nothing(tmp_path: Path, contracts: dict[str, Contract], name: str) -> None:
    lines = table(WANXIANG, [plan(1)])
    for content, container in ((csv_bytes(lines), "text"), (xls_bytes(lines), "xls"), (xlsx_bytes(lines), "xlsx")):
        found = told(tmp_path, contracts, content, name)
        assert (found.contract.export, found.container) == ("wanxiang_plans", container)


def test_preamble_of_the_traffic_report(tmp_path: Path, contracts: dict[str, Contract]) -> None:
    found = told(tmp_path, contracts, products_xls([product(1)]), "商品_全部.xls")
    assert (found.contract.export, found.container, found.header_line) == ("sycm_products", "xls", 5)
    assert found.preamble[1].strip() == SYCM_PREAMBLE[1][0]


def test_unknown_names_the_nearest_contract_and_what_it_lacks(tmp_path: Path, contracts: dict[str, Contract]) -> None:
    headers = [header for header in WANXIANG if header not in ("花费", "总成交金额")]
    said = refused(tmp_path, contracts, csv_bytes([headers]))
    assert "nearest is wanxiang_plans" in said
    assert "花费, 总成交金额" in said
    assert "计划ID" not in said


@pytest.mark.parametrize(
    "titles",
    [
        "Sales Record Number,Order Number,Buyer Username,Item Number,Item Title,Quantity,Sold For,Sale Date",
        "Sale Date,Item Name,Buyer,Quantity,Price,Item Total,Currency,Transaction ID,Date Paid,Order ID,SKU",
        "Order ID,Order Status,Seller SKU,Product Name,Quantity,Order Amount,Created Time,Paid Time",
        "Order Number,Order Status,Order Date,Item #,Item Name,Quantity,Item Cost,Order Total Amount",
        "Order ID,Order Status,Return / Refund Status,SKU Reference No.,Original Price,Deal Price,Quantity",
        "orderItemId,orderType,lazadaId,sellerSku,lazadaSku,createTime,orderNumber,paidPrice,unitPrice,status",
        "订单号,订单下单时间,订单状态,订单实际支付金额,商品名称,商品编码(平台),商品编码(自定义),SKU编码(自定义),商品数量",
        "订单号,订单状态,售后状态,订单创建时间,支付时间,商品名称,SKU规格,SKU件数,商品总价(元),商家编码",
        "订单号,归属店铺,订单状态,订单创建时间,买家付款时间,商品金额合计,应收订单金额,订单实付金额,全部商品名称",
        "日期,抖音号,抖音号名称,消耗(元),展示次数,点击次数,直接成交订单数,直接成交金额(元),直接支付ROI,7日总支付ROI",
        "日期,账户ID,账户名称,消耗,展示次数,点击次数,成交订单数,成交金额,支付ROI",
        "日期,计划ID,计划名称,整体消耗,整体成交订单数,整体成交金额,整体支付ROI,整体成交订单成本",
        "结算时间,订单号,子订单号,结算金额,结算账户,结算单类型,有结算前退款,下单时间,收入合计,支出合计,平台服务费,达人佣金",
        "抖音号名称,抖音号ID,日期,整体展示次数,整体点击次数,整体消耗,整体成交金额,整体支付ROI,净成交金额",
    ],
    ids=[
        "ebay",
        "etsy",
        "tiktok_shop",
        "woocommerce",
        "shopee",
        "lazada",
        "微信小店",
        "小红书",
        "有赞",
        "千川",
        "千川账户",
        "全域",
        "抖店结算单",
        "直播间画面",
    ],
)
def test_known_reports_without_a_contract_are_refused_by_name(
    tmp_path: Path, contracts: dict[str, Contract], titles: str
) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(f"{titles}\n{','.join('1' * len(titles.split(',')))}\n", "utf-8")
    with pytest.raises(RejectedError) as error:
        detect_contract(path, contracts)
    assert error.value.code == "not_read"


@pytest.mark.parametrize(
    ("titles", "nearest"),
    [
        ("统计日期,商品ID,商品名称,支付件数,支付金额", "nearest is sycm_products"),
        ("统计日期,访客数,支付金额,支付买家数", "nearest is sycm_shop_days"),
        ("商品ID,商品名称,整体消耗,整体展示次数", "nearest is qianchuan_goods"),
        ("商品ID,商品名称,库存", "no contract's headers"),
        ("日期,花费,展现量", "no contract's headers"),
    ],
)
def test_headers_of_many_platforms_hint_at_none(
    tmp_path: Path, contracts: dict[str, Contract], titles: str, nearest: str
) -> None:
    assert nearest in refused(tmp_path, contracts, titles.encode())


def test_unknown_with_nothing_near(tmp_path: Path, contracts: dict[str, Contract]) -> None:
    assert refused(tmp_path, contracts, b"a,b\n1,2\n").startswith(
        "unknown: the first 30 lines contain no contract's headers"
    )
    assert refused(tmp_path, contracts, bytes(range(256)) * 40).startswith("unknown")


def test_unknown_names_every_column_that_an_export_must_have(tmp_path: Path, contracts: dict[str, Contract]) -> None:
    titles = headers("Name,Email,Financial Status,Paid at,Lineitem name,Lineitem quantity,Lineitem price")
    said = refused(tmp_path, contracts, csv_bytes([titles]))
    assert "the 4 headers" in said
    assert said.endswith("Created at, Total, Subtotal, Currency")


def test_points_are_no_other_name_of_an_amount(tmp_path: Path, contracts: dict[str, Contract]) -> None:
    titles = [title.replace("买家实际支付金额", "买家实际支付积分") for title in TMALL]
    said = refused(tmp_path, contracts, csv_bytes([titles]))
    assert "买家实际支付金额 / 买家实付金额" in said
    assert "积分" not in said


SALES = headers("Orders,Gross sales,Discounts,Returns,Net sales,Shipping charges,Taxes,Total sales")
TRANSACTIONS = headers(
    "date/time,settlement id,type,order id,sku,description,quantity,marketplace,fulfillment,product sales,"
    "product sales tax,shipping credits,promotional rebates,selling fees,fba fees,other,total"
)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            csv_bytes([["Day", *SALES], ["2026-11-02", "18", "4722.08"]], "utf-8"),
            "the Shopify sales report is not read",
        ),
        (xlsx_bytes([["Month", *SALES], ["2026-11", "18", "4722.08"]]), "Export the orders as CSV"),
        (
            csv_bytes(
                [*[[f"Line {number}: what it says"] for number in range(7)], [t.title() for t in TRANSACTIONS]], "utf-8"
            ),
            "Download the settlement report",
        ),
    ],
)
def test_a_report_that_is_known_and_not_read_names_what_to_export(
    tmp_path: Path, contracts: dict[str, Contract], content: bytes, words: str
) -> None:
    assert words in refused(tmp_path, contracts, content)


def test_a_contract_may_read_what_is_not_read_otherwise(tmp_path: Path, contracts: dict[str, Contract]) -> None:
    asked = {
        "recognise": ("Day", "Net sales"),
        "columns": {},
        "unless": (),
        "key": ("day",),
        "checks": (),
        "day": "version",
    }
    own = contracts["sycm_shop_days"].model_copy(update={**asked, "export": "own_sales", "is_own": True})
    content = csv_bytes([["Day", *SALES], ["2026-11-02", "18", "4722.08"]], "utf-8")
    assert told(tmp_path, {"own_sales": own}, content).contract.export == "own_sales"


def test_ambiguous_names_both(tmp_path: Path, contracts: dict[str, Contract]) -> None:
    twin = contracts["wanxiang_plans"].model_copy(update={"export": "twin"})
    said = refused(tmp_path, {**contracts, "twin": twin}, plans_csv([plan(1)]))
    assert said.startswith("ambiguous")
    assert "wanxiang_plans" in said
    assert "twin" in said


def test_a_needed_column_that_is_missing_is_named_with_the_closest(
    tmp_path: Path, contracts: dict[str, Contract]
) -> None:
    headers = ["下单支付买家数" if header == "下单买家数" else header for header in SYCM]
    said = refused(tmp_path, contracts, xls_bytes([*SYCM_PREAMBLE, headers]), "a.xls")
    for words in ("sycm_products", "line 5", "下单买家数 → 下单支付买家数"):
        assert words in said


def test_an_optional_column_may_be_missing(tmp_path: Path, contracts: dict[str, Contract]) -> None:
    headers = [header for header in TMALL if header != "确认收货时间"]
    assert told(tmp_path, contracts, csv_bytes([headers])).contract.export == "tmall_orders"


def test_a_pdf_is_no_export(tmp_path: Path, contracts: dict[str, Contract]) -> None:
    assert "PDF" in refused(tmp_path, contracts, b"%PDF-1.7\n" + orders_csv([order(1)]))


@pytest.mark.parametrize("kept", [0.01, 0.1, 0.5, 0.95])
def test_a_truncated_workbook_is_to_be_downloaded_again(
    tmp_path: Path, contracts: dict[str, Contract], kept: float
) -> None:
    products = [product(number) for number in range(200)]
    for content in (products_xls(products), xlsx_bytes(table(SYCM, products))):
        said = refused(tmp_path, contracts, content[: int(len(content) * kept)], "a.xls")
        assert "damaged" in said or "cannot be read" in said or "zip" in said
        assert "again" in said or "unpack" in said
        assert "\n" not in said


def test_the_fullest_contract_of_a_table_reads_a_file_that_several_fit(
    tmp_path: Path, contracts: dict[str, Contract]
) -> None:
    """A short list's contract leaves full lists to their own, in whatever order contracts are read."""
    case = PROJECT.parent / "shared" / "cases" / "newcomer_ambiguous"
    if not case.exists():
        pytest.skip(f"{case} is not there")
    said = yaml.safe_load((case / "orders.yaml").read_text("utf-8"))
    said.setdefault("money", {"paid": "net_of_refunds", "tax": "included", "refunds": "here"})
    short = Contract.model_validate(said)
    (file,) = case.glob("*.csv")
    for known in ({short.export: short, **contracts}, {**contracts, short.export: short}):
        assert detect_contract(file, known).contract.export == "tmall_orders"
    list_alone = tmp_path / "short.csv"
    list_alone.write_text(
        "订单编号,总金额,买家实际支付金额,收货地址,订单创建时间,订单付款时间,退款金额\n1,2,2,x,,,0\n", "gbk"
    )
    others = {name: contract for name, contract in contracts.items() if name != "tmall_orders_short"}
    assert detect_contract(list_alone, {**others, short.export: short}).contract.export == short.export
    assert detect_contract(list_alone, contracts).contract.export == "tmall_orders_short"


SHORT_LIST = "订单编号,总金额,买家实际支付金额,收货地址,订单创建时间,订单付款时间,退款金额\n1,2,2,x,,,0\n"


def own_contract(include: Path, place: str, text: str) -> None:
    path = include / "sources" / place
    path.parent.mkdir(parents=True)
    path.write_text(text, "utf-8")


@pytest.mark.parametrize("place", ["own/tmall/list.yaml", "mine/list.yaml"])
def test_an_own_contract_comes_before_a_shipped_one_that_fits_as_well(tmp_path: Path, place: str) -> None:
    """A copy of a shipped contract by its folder; one that knows nothing but the file's columns anywhere."""
    include = tmp_path / "include"
    shutil.copytree(PROJECT / "include", include)
    text = (include / "sources" / "tmall" / "orders_short.yaml").read_text("utf-8")
    text = text.replace("tmall_orders_short", "my_list")
    if not place.startswith("own"):
        text = text.replace("[买家实际支付金额, 买家实付金额]", "买家实际支付金额").replace("  - 联系手机\n", "")
    own_contract(include, place, text)
    path = tmp_path / "s" / "list.csv"
    path.parent.mkdir()
    path.write_text(SHORT_LIST, "gbk")
    contracts = load_contracts(include)
    found = detect_contract(path, contracts)
    assert (found.contract.export, found.passed_over) == ("my_list", ("tmall_orders_short",))
    settings = Settings(home=tmp_path / "home", include=include)
    shop = Shop(title="s", platform="tmall", currency="CNY")
    said = io.StringIO()
    print_report(Console(file=said, width=200), inspect(settings, contracts, {"s": shop}, path, "s", checks=False))
    better = "your own contract comes first" if place.startswith("own") else "this contract fits the file more closely"
    assert f"tmall_orders_short: {better}" in said.getvalue()


def test_a_list_that_cannot_tell_what_was_given_back_from_what_was_never_paid_is_refused(
    tmp_path: Path, contracts: dict[str, Contract]
) -> None:
    heads = [head for head in DOUDIAN if head not in ("售后状态", "支付完成时间")]
    said = refused(tmp_path, contracts, csv_bytes([heads, ["x"] * len(heads)], "utf-8"))
    assert "售后状态 / 支付完成时间" in said
    for one in ("售后状态", "支付完成时间"):
        assert told(tmp_path, contracts, csv_bytes([[*heads, one], ["x"] * (len(heads) + 1)], "utf-8"))
