"use strict";
// Airflow shows the pages in a frame that may not navigate the window: its own document has to follow the link.
addEventListener("click", (event) => {
  const link = event.target.closest("a[data-airflow]");
  if (!link || window.top === window) return;
  event.preventDefault();
  const outside = window.parent.document.createElement("a");
  outside.href = link.href;
  outside.click();
});
