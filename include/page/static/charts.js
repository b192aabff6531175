"use strict";
// Draws each chart from the table that stands beside it; the numbers are written by the server, once.
const heightOf = (place) => (place.closest(".figures") ? 230 : 170);
const paint = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function draw(place) {
  const rows = [...document.getElementById(place.dataset.table).tBodies[0].rows].reverse();
  const days = rows.map((row) => Date.parse(`${row.dataset.day}T00:00:00Z`) / 1000);
  const values = rows.map((row) => ("value" in row.dataset ? Number(row.dataset.value) : null));
  const texts = rows.map((row) => row.cells[1].firstChild.textContent.trim());
  const labels = rows.map((row) => row.cells[0].textContent);
  const alerts = rows.map((row) => "alert" in row.dataset);
  const limits = place.dataset.limits.split(" ").filter(Boolean).map(Number);
  const font = "12px system-ui, sans-serif";
  const known = [...values.filter((value) => value !== null), ...limits];
  const step = days.length > 1 ? days[1] - days[0] : 86400;

  const inAlert = (plot) => {
    const { ctx, bbox } = plot;
    const half = (plot.valToPos(days[0] + step, "x", true) - plot.valToPos(days[0], "x", true)) / 2;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.fillStyle = paint("--attention-panel");
    ctx.strokeStyle = paint("--attention");
    alerts.forEach((alert, index) => {
      if (!alert) return;
      const x = plot.valToPos(days[index], "x", true);
      ctx.fillRect(x - half, bbox.top, half * 2, bbox.height);
      ctx.fillStyle = paint("--attention");
      ctx.fillRect(x - half, bbox.top + bbox.height - 3 * devicePixelRatio, half * 2, 3 * devicePixelRatio);
      ctx.fillStyle = paint("--attention-panel");
    });
    ctx.strokeStyle = paint("--ink");
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
    limits.forEach((limit) => {
      const y = plot.valToPos(limit, "y", true);
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
    });
    ctx.restore();
  };

  const axis = { stroke: paint("--muted"), font, grid: { stroke: paint("--line"), width: 1 }, ticks: { show: false } };
  place.replaceChildren();
  return new uPlot(
    {
      width: place.clientWidth,
      height: heightOf(place),
      tzDate: (second) => uPlot.tzDate(new Date(second * 1000), "UTC"),
      cursor: { y: false, drag: { x: false, y: false } },
      legend: { markers: { show: false } },
      scales: { x: { range: () => [days[0] - step / 2, days[days.length - 1] + step / 2] }, y: { range: () => rangeOf(known) } },
      axes: [
        { ...axis, size: 28, splits: (plot) => everySo(days, plot.width), values: (_, ticks) => ticks.map(monthAndDay) },
        { ...axis, size: 56, values: (_, ticks) => ticks.map((tick) => shown(tick, texts)) },
      ],
      series: [
        { value: (_, __, ___, index) => (index === null ? "" : labels[index]), label: "" },
        {
          stroke: paint("--chart-week"),
          width: 2,
          spanGaps: false,
          points: { show: days.length < 90, size: 5, fill: paint("--chart-week") },
          value: (_, __, ___, index) => (index === null ? "" : texts[index]),
          label: "",
        },
      ],
      hooks: { drawClear: [inAlert] },
    },
    [days, values],
    place,
  );
}

// From zero, with room for the highest number and for every limit; where all is zero, up to one.
function rangeOf(known) {
  const low = Math.min(0, ...known);
  const high = Math.max(0, ...known);
  if (low === high) return [0, 1];
  const room = (high - low) * 0.12;
  return [low && low - room, high && high + room];
}

const monthAndDay = (second) => new Date(second * 1000).toISOString().slice(5, 10);

// As many periods as have room, counted from the newest.
function everySo(days, width) {
  const every = Math.max(1, Math.ceil(days.length / Math.max(1, Math.floor((width - 60) / 64))));
  return days.filter((_, index) => (days.length - 1 - index) % every === 0);
}

// An axis is written as the values are: a share as per cent, a negative number with a true minus.
function shown(tick, texts) {
  const short = Math.abs(tick) >= 10000 ? `${+(tick / 1000).toFixed(1)}k` : `${+tick.toFixed(4)}`;
  const text = texts.some((text) => text.endsWith("%")) ? `${+(tick * 100).toFixed(4)}%` : short;
  return text.replace("-", "\u2212");
}

addEventListener("DOMContentLoaded", () => {
  const places = [...document.querySelectorAll(".plot")];
  let plots = new Map();
  const redraw = () => {
    plots.forEach((plot) => plot.destroy());
    plots = new Map(places.map((place) => [place, draw(place)]));
  };
  redraw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  new ResizeObserver(() => {
    plots.forEach((plot, place) => {
      if (Math.abs(plot.width - place.clientWidth) > 1) plot.setSize({ width: place.clientWidth, height: heightOf(place) });
    });
  }).observe(document.getElementById("content"));
});
