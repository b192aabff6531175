"""Meta reports of accounts whose language is French or Spanish."""

from __future__ import annotations

import pytest

from files import ask, csv_bytes, drop, headers, load_all
from shopwatch.core.settings import Settings

FILES = {
    "french.csv": csv_bytes(
        [
            headers(
                "Début des rapports;Fin des rapports;Nom de la campagne;Nom de l'ensemble de publicités;Impressions;"
                "Clics sur un lien;Montant dépensé (EUR);Achats;Valeur de conversion des achats".replace(";", ",")
            ),
            ["2026-11-02", "2026-11-02", "Tasses", "Large", "45 000", "1 200", "10,50", "2", "1 040,25"],
            ["2026-11-02", "2026-11-02", "Tasses", "Intérêts", "900", "3", "2,00", "", ""],
        ],
        "cp1252",
        delimiter=";",
    ),
    "spanish.csv": csv_bytes(
        [
            headers(
                "Día,Nombre de la campaña,Nombre del anuncio,Importe gastado (EUR),Impresiones,Clics en el enlace,"
                "Compras,Valor de conversión de compras"
            ),
            ["2026-11-02", "Tasses", "AD01", "10,50", "1.204", "35", "2", "1.040,25"],
            ["2026-11-02", "Tasses", "AD02", "2,00", "310", "4", "", ""],
            ["", "", "Resultados totales", "12,50", "", "", "", ""],
        ],
        "utf-8",
    ),
}


@pytest.mark.slow
@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", FILES)
def test_a_meta_report_in_french_or_spanish_is_the_same_report(settings: Settings, name: str) -> None:
    settings.home.mkdir(exist_ok=True)
    (settings.home / "shops.yaml").write_text("eu: {title: s, platform: meta, currency: EUR}\n", "utf-8")
    drop(settings, f"eu/{name}", FILES[name], modified="2026-11-20T01:00:00")
    load_all(settings)
    sums = "campaign_id, day::varchar, sum(spend)::double, sum(ad_revenue)::double"
    assert ask(settings, "select line, reason_code from quarantine") == []
    assert ask(settings, f"select {sums} from incoming.meta_campaigns group by all") == [
        ("Tasses", "2026-11-02", 12.5, 1040.25)
    ]
