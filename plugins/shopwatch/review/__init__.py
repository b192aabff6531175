"""The weekly review: data, pages and workbooks of a shop's week."""
