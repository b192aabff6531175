"""File formats: csv, workbooks, pages and archives to rows of text."""
