// Draws each <figure class="plot"> (templates/macros.html) with ECharts. What a figure says is data: colours may be
// named "var(--plot-1)" and are read from the style sheet; a datum with a `url` on this server leads there.
"use strict";

(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const PALETTE = [1, 2, 3, 4, 5, 6].map((n) => `var(--plot-${n})`);

  // `value` with every "var(--name)" replaced by what the style sheet says now.
  const coloured = (value, style) => {
    if (typeof value === "string") {
      return value.replace(/var\((--[a-z0-9-]+)\)/g, (_, name) => style.getPropertyValue(name).trim());
    }
    if (Array.isArray(value)) return value.map((v) => coloured(v, style));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, coloured(v, style)]));
    }
    return value;
  };

  const axis = (given) => {
    const quiet = {
      axisLine: { lineStyle: { color: "var(--line)" } },
      axisTick: { lineStyle: { color: "var(--line)" } },
      axisLabel: { color: "var(--soft)" },
      nameTextStyle: { color: "var(--soft)" },
      splitLine: { lineStyle: { color: "var(--line)" } },
    };
    return Array.isArray(given) ? given.map(axis) : { ...quiet, ...given };
  };

  // The option with what all plots have in common; HTML tooltips carry style attributes, which the page forbids.
  const complete = (option) => ({
    color: PALETTE,
    animation: !still.matches,
    textStyle: { color: "var(--ink)", fontFamily: "var(--sans)" },
    aria: { enabled: true },
    ...option,
    ...(option.xAxis && { xAxis: axis(option.xAxis) }),
    ...(option.yAxis && { yAxis: axis(option.yAxis) }),
    ...(option.legend && { legend: { textStyle: { color: "var(--ink)" }, ...option.legend } }),
    tooltip: {
      confine: true,
      backgroundColor: "var(--paper)",
      borderColor: "var(--line)",
      textStyle: { color: "var(--ink)", fontSize: 12 },
      ...option.tooltip,
      renderMode: "richText",
    },
  });

  // A path of this server, or null.
  const onward = (url) => {
    if (typeof url !== "string" || !/^\/(?![/\\])/.test(url)) return null;
    const there = new URL(url, location.href);
    return there.origin === location.origin ? there.href : null;
  };

  const draw = (figure) => {
    const canvas = figure.querySelector(".canvas");
    const table = figure.querySelector("details");
    const option = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
    canvas.hidden = false;
    if (table) table.open = false;
    const label = canvas.getAttribute("aria-label");
    const chart = echarts.init(canvas, null, { renderer: "canvas" });
    const paint = () => {
      chart.setOption(coloured(complete(option), getComputedStyle(document.documentElement)), true);
      if (!canvas.getAttribute("aria-label")) canvas.setAttribute("aria-label", label);
    };
    chart.on("click", (event) => {
      const there = onward(event.data && event.data.url);
      if (there) location.assign(there);
    });
    chart.on("mouseover", (event) => {
      if (!onward(event.data && event.data.url)) chart.getZr().setCursorStyle("default");
    });
    dark.addEventListener("change", paint);
    new ResizeObserver(() => chart.resize()).observe(canvas);
    paint();
  };

  document.querySelectorAll("figure.plot").forEach(draw);
})();
