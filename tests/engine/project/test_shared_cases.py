"""Each of the shared cases has its test, and tests of its kind on other files."""

from __future__ import annotations

import pytest

from shared_cases import CASES
from shopwatch.core.settings import PROJECT

TESTS = {
    "ads_blank_revenue": """
        ingest/test_blanks.py test_campaigns_that_spend_and_sell_nothing_all_fire
        test_buyers_of_a_product_that_had_visitors
        test_no_sale_is_zero_in_every_report_of_spend_or_visitors""",
    "amazon_eu_vat": """
        warehouse/test_money.py test_prices_of_amazon_in_europe_include_the_tax test_tax_is_added_in_the_united_states
        ingest/test_amazon_reports.py test_the_order_report_of_germany_still_loads""",
    "blocked_wrong_export_and_days": """
        notify/test_shown_periods.py test_an_alert_over_unjudged_weeks_shows_the_week_that_was_judged
        notify/test_blocked_entries.py test_what_differs_in_shop_period_or_reason_stays_apart
        warehouse/test_money.py test_a_blocked_rule_names_the_refund_export""",
    "doudian_refund_silent": """
        warehouse/test_money.py test_closed_sub_orders_of_doudian_were_given_back
        test_a_refund_without_amount_is_unknown
        test_a_blank_after_sales_status_means_nothing""",
    "doudian_short_columns": """
        ingest/test_marketplaces.py test_a_doudian_list_of_few_columns
        ingest/test_recognise.py test_a_list_that_cannot_tell_what_was_given_back_from_what_was_never_paid_is_refused
        ingest/test_absent_columns.py test_a_file_reports_each_optional_column_that_it_lacks""",
    "jd_deleted_silent": """
        warehouse/test_money.py test_cancelled_orders_of_jd_were_given_back_and_cash_on_delivery_is_not_paid
        test_only_what_was_paid_goes_back_when_it_is_cancelled test_cash_on_delivery_is_paid_when_it_is_confirmed""",
    "meta_other_headers": """
        ingest/test_header_variants.py test_meta_in_the_forms_that_sellers_export
        test_ids_that_excel_has_destroyed_are_no_campaigns
        ingest/test_absent_columns.py test_a_file_reports_each_optional_column_that_it_lacks""",
    "moves_of_partial_week": """
        notify/test_shown_periods.py test_a_move_between_incomplete_weeks_is_not_explained
        test_what_a_card_calls_a_breach_breaches
        warehouse/test_covered_zeros.py test_weeks_without_orders_are_zero""",
    "newcomer_ambiguous": """
        ingest/test_marketplaces.py test_the_short_tmall_list_and_a_full_list_are_told_apart
        ingest/test_recognise.py test_the_fullest_contract_of_a_table_reads_a_file_that_several_fit
        test_an_own_contract_comes_before_a_shipped_one_that_fits_as_well""",
    "presale_deposit": """
        warehouse/test_money.py test_a_deposit_is_no_payment
        warehouse/test_deposits_of_lines.py test_no_deposit_is_revenue
        warehouse/test_refunds_of_lines.py test_a_deposit_of_a_presale_is_no_payment_whether_it_went_back_or_not""",
    "records": """
        ingest/test_record_cases.py test_an_extra_empty_cell_is_ragged
        test_two_stray_quotes_cost_every_line_between_them
        test_all_lines_of_a_broken_record_are_named test_an_open_quote_in_the_header_hides_no_row
        test_a_quote_in_the_middle_of_a_cell_holds_nothing_together test_another_header_in_the_body_refuses_the_file
        test_joined_files_are_reported_and_their_rows_read test_another_table_in_the_body_refuses_the_file
        test_a_table_below_a_blank_line_refuses_the_file test_headers_in_the_body_of_a_workbook""",
    "sales_stop": """
        warehouse/test_covered_zeros.py test_no_orders_is_reported_at_once_and_as_critical
        test_a_shop_that_sold_now_and_then_is_not_reported
        test_where_the_export_states_its_time_the_days_after_its_last_row_are_zero
        test_daily_lists_without_orders_are_days_of_zeros_though_their_bytes_are_the_same""",
    "shopify_blank_sku": """
        warehouse/test_product_revenue.py test_lines_of_a_real_shop_without_skus_stand_under_their_titles
        test_a_line_without_sku_and_title_stands_under_no_product
        ingest/test_shopify_variants.py test_a_real_export_with_empty_columns_of_fulfilment""",
    "shopify_discounts": """
        warehouse/test_product_revenue.py test_discounts_on_orders_and_on_lines_lower_the_products
        test_the_lines_of_a_detail_share_what_the_list_says test_products_lines_and_subtotals_agree_to_the_cent""",
    "stale_alert_value": """
        notify/test_shown_periods.py test_an_alert_over_unjudged_weeks_shows_the_week_that_was_judged
        test_what_a_card_calls_a_breach_breaches test_a_move_between_incomplete_weeks_is_not_explained""",
    "stock_vanishes": """
        ingest/test_blanks.py test_a_unit_that_left_the_complete_list_is_sold_out
        pipeline/test_ten_events.py test_the_right_team_is_reported_the_next_morning
        test_an_ordinary_shop_is_quiet""",
    "tmall_net_paid": """
        warehouse/test_money.py test_tmall_states_what_was_paid_net_of_refunds
        test_the_gross_of_real_tmall_orders_is_their_total test_more_refunded_than_paid_is_reported_and_not_counted""",
    "two_digit_years": """
        ingest/test_record_cases.py test_short_years_are_read_in_the_stated_order
        ingest/test_amazon_reports.py test_days_of_the_business_report
        test_days_whose_order_is_not_known_are_set_aside""",
    "uci_year1_headers": """
        ingest/test_order_exports.py test_the_first_year_of_online_retail_has_other_headers
        ingest/test_shopify_variants.py test_headers_of_every_year_give_the_same_orders
        ingest/test_recognise.py test_an_alias_counts_for_the_usual_header""",
    "wanxiang_video": """
        ingest/test_marketplaces.py test_a_wanxiang_report_of_videos
        ingest/test_recognise.py test_an_optional_column_may_be_missing
        ingest/test_absent_columns.py test_a_file_reports_each_optional_column_that_it_lacks""",
    "xls_false_damage": """
        ingest/test_workbooks.py test_the_product_report_that_was_called_damaged
        ingest/test_recognise.py test_a_truncated_workbook_is_to_be_downloaded_again
        ingest/test_sizes.py test_all_rows_load_as_they_were_written""",
}
"""Case -> files under tests/engine, each followed by its tests: of the case itself, and of its kind."""


def test_each_case_is_listed() -> None:
    if not CASES.is_dir():
        pytest.skip("the cases are not here")
    assert {path.name for path in CASES.iterdir() if path.is_dir()} == TESTS.keys()


@pytest.mark.parametrize("case", TESTS)
def test_a_case_has_its_test_and_two_more_of_its_kind(case: str) -> None:
    text, tests = "", 0
    for word in TESTS[case].split():
        if word.endswith(".py"):
            text = (PROJECT / "tests" / "engine" / word).read_text("utf-8")
        else:
            assert f"def {word}(" in text
            tests += 1
    assert tests >= 3
