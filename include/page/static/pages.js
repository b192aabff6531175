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

// A table that sorts by the column whose head is pressed: numbers by size, what is missing last.
addEventListener("DOMContentLoaded", () => {
  for (const head of document.querySelectorAll("table.sortable th")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const body = head.closest("table").tBodies[0];
      const way = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", way === 1 ? "ascending" : "descending");
      const value = (row) => row.cells[head.cellIndex].dataset.value;
      const isNumber = head.classList.contains("n");
      const compare = (a, b) => way * (isNumber ? a - b : a.localeCompare(b));
      const order = (a, b) => (!a - !b) || compare(a, b);
      body.append(...[...body.rows].sort((a, b) => order(value(a), value(b))));
    });
  }
});
