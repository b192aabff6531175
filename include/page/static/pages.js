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

// On a phone the parts of a page are folded, so that their heads are its table of contents; on paper none is.
addEventListener("DOMContentLoaded", () => {
  const folds = [...document.querySelectorAll("details.fold")];
  const phone = matchMedia("(max-width: 46rem)");
  const fit = () => folds.forEach((fold) => (fold.open = !phone.matches));
  if (phone.matches) fit();
  phone.addEventListener("change", fit);
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = folds.filter((fold) => !fold.open);
    folded.forEach((fold) => (fold.open = true));
  });
  addEventListener("afterprint", () => folded.forEach((fold) => (fold.open = false)));
});
