"""Catalogue of the two demo shops: products and ad plans. All names are invented."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Product:
    """Product with one SKU; ``cents`` is its everyday price."""

    item_id: str
    code: str
    title: str
    cents: int

    @property
    def sku(self) -> str:
        """商家编码 of the only SKU."""
        return f"{self.code}-01"

    @property
    def barcode(self) -> str:
        """13-digit code in the range reserved for in-store use, so that it belongs to nobody."""
        return f"2{self.item_id}"


@dataclass(frozen=True)
class Plan:
    """Ad plan for one product; ``cents`` is its usual daily spend."""

    plan_id: str
    name: str
    scene: tuple[str, str]
    sub_scene: tuple[str, str]
    code: str
    cents: int


@dataclass(frozen=True)
class Agent:
    """Work account of a service agent: usual seconds to the first answer, usual percentage of satisfied buyers."""

    name: str
    seconds: int
    satisfied: int


@dataclass(frozen=True)
class Shop:
    """One shop. ``folder``: its inbox folder; ``digit``: makes its order numbers unique.

    A shop with ``agents`` exports the data for all seven stages of the manual, the other the usual minimum.
    """

    folder: str
    title: str
    brand: str
    digit: int
    products: tuple[Product, ...]
    plans: tuple[Plan, ...]
    agents: tuple[Agent, ...] = ()

    @property
    def exports_all(self) -> bool:
        """True if the order list has shipping times, and refunds, parcels, service and costs are exported."""
        return bool(self.agents)

    def product(self, code: str) -> Product:
        """Product with this 货号."""
        return next(product for product in self.products if product.code == code)


KEYWORD = ("371", "关键词推广")
AUDIENCE = ("372", "人群推广")
WHOLE_SITE = ("376", "货品全站推广")
CONTENT = ("378", "内容营销")
STANDARD = ("3711", "标准推广")

_TEA = (
    ("青釉三才盖碗", 68), ("白瓷手绘盖碗", 88), ("紫砂西施壶", 198), ("紫砂石瓢壶", 228),
    ("汝窑开片茶壶", 158), ("玻璃煮茶壶", 129), ("铁釉提梁壶", 168), ("侧把急须壶", 118),
    ("汝窑主人杯", 49), ("油滴建盏", 79), ("青花品茗杯六只装", 72), ("甜白釉马克杯", 39),
    ("竹节公道杯", 45), ("耐热玻璃公道杯", 35), ("细网茶滤", 25), ("竹制茶则", 18),
    ("六君子茶道组", 56), ("黑檀木茶盘", 268), ("电木干泡台", 188), ("便携旅行茶具", 99),
    ("快客杯一壶两杯", 69), ("陶瓷茶叶罐", 42), ("锡制茶叶罐", 238), ("茶席布艺垫", 29),
    ("隔热杯垫四片装", 22), ("养壶笔两支装", 16), ("陶土炭炉", 148), ("日式铸铁壶", 218),
    ("功夫茶具十件套", 258), ("办公室泡茶杯", 59), ("茶宠小貔貅", 32), ("茶具礼盒套装", 288),
)  # fmt: skip

_TEXTILE = (
    ("全棉四件套素色", 239), ("水洗棉四件套", 199), ("磨毛四件套加厚", 259), ("儿童卡通三件套", 169),
    ("全棉床笠", 89), ("防水床笠", 99), ("水洗棉床单", 79), ("全棉被套单件", 129),
    ("乳胶枕头一对", 158), ("荞麦枕", 69), ("纤维枕芯", 39), ("全棉枕套两只装", 45),
    ("大豆纤维春秋被", 189), ("羽丝绒冬被", 269), ("空调夏凉被", 109), ("蚕丝混纺被", 288),
    ("软垫床褥", 119), ("可折叠榻榻米垫", 149), ("珊瑚绒毛毯", 79), ("法兰绒盖毯", 69),
    ("雪尼尔沙发垫", 138), ("四季沙发巾", 85), ("亚麻抱枕套两只装", 36), ("抱枕芯", 26),
    ("遮光窗帘成品", 128), ("纱帘成品", 68), ("棉麻桌布", 49), ("加厚浴巾", 42),
    ("全棉毛巾三条装", 33), ("速干浴袍", 139), ("硅藻泥地垫", 35), ("入户门地垫", 46),
)  # fmt: skip


def _products(prefix: str, first_id: int, table: tuple[tuple[str, int], ...]) -> tuple[Product, ...]:
    return tuple(
        Product(str(first_id + n), f"{prefix}-{n:03d}", f"【演示】{name}", yuan * 100)
        for n, (name, yuan) in enumerate(table, start=1)
    )


QINGHE = Shop(
    folder="qinghe",
    title="青禾茶具旗舰店（演示）",
    brand="青禾（演示）",
    digit=1,
    products=_products("QH-TEA", 710000001000, _TEA),
    plans=(
        Plan("60010000001", "演示-关键词-盖碗", KEYWORD, STANDARD, "QH-TEA-001", 9_000),
        Plan("60010000002", "演示-关键词-紫砂壶", KEYWORD, STANDARD, "QH-TEA-004", 12_000),
        Plan("60010000003", "演示-人群-旅行茶具", AUDIENCE, STANDARD, "QH-TEA-020", 10_000),
        Plan("60010000004", "演示-全站-礼盒", WHOLE_SITE, WHOLE_SITE, "QH-TEA-032", 15_000),
        Plan("60010000005", "演示-内容-茶席", CONTENT, CONTENT, "QH-TEA-024", 6_000),
    ),
    agents=(
        Agent("青禾茶具旗舰店:小禾", 28, 97),
        Agent("青禾茶具旗舰店:小青", 34, 96),
        Agent("青禾茶具旗舰店:小茗", 31, 95),
        Agent("青禾茶具旗舰店:小瓷", 26, 96),
    ),
)

MUMIAN = Shop(
    folder="mumian",
    title="木棉家纺专营店（演示）",
    brand="木棉（演示）",
    digit=2,
    products=_products("MM-TEX", 720000002000, _TEXTILE),
    plans=(
        Plan("60020000001", "演示-关键词-四件套", KEYWORD, STANDARD, "MM-TEX-001", 14_000),
        Plan("60020000002", "演示-关键词-冬被", KEYWORD, STANDARD, "MM-TEX-014", 13_000),
        Plan("60020000003", "演示-人群-毛毯", AUDIENCE, STANDARD, "MM-TEX-019", 8_000),
        Plan("60020000004", "演示-全站-乳胶枕", WHOLE_SITE, WHOLE_SITE, "MM-TEX-009", 16_000),
        Plan("60020000005", "演示-内容-夏凉被", CONTENT, CONTENT, "MM-TEX-015", 5_000),
    ),
)

SHOPS = (QINGHE, MUMIAN)
