// Draws the charts of the dashboard. The tables beside them hold the same numbers and links; without this file they
// are all there is.
(() => {
    "use strict";

    if (!window.echarts) {
        return;
    }
    const colours = { below: "#b4232a", above: "#0f766e", work: "#c8962e", line: "#24272b", text: "#4a4e55" };
    const still = window.matchMedia("(prefers-reduced-motion: reduce)");
    let data = null;
    let charts = [];

    document.documentElement.classList.add("has-script");

    const percent = (share) => `${(share * 100).toFixed(1)}%`;
    const count = (number) => number.toLocaleString("zh-CN");
    const rate = (row, name) => row[name] / row.active;

    const frame = (title, rows) => ({
        animation: !still.matches,
        aria: { enabled: true, label: { description: `${title}，共 ${rows.length} 项。数字见旁边的数据表。` } },
        textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: colours.text },
        grid: { left: 4, right: 56, top: 22, bottom: 4, containLabel: true },
        yAxis: {
            type: "category",
            inverse: true,
            data: rows.map((row) => row.label),
            axisTick: { show: false },
            axisLine: { show: false },
            axisLabel: { color: colours.text },
        },
    });

    const tooltip = (formatter) => ({ renderMode: "richText", confine: true, trigger: "item", formatter });

    const coverage = (title, rows) => ({
        ...frame(title, rows),
        xAxis: { type: "value", min: 0, max: 1, interval: 0.25, axisLabel: { formatter: (value) => `${value * 100}%` } },
        tooltip: tooltip(({ dataIndex }) => {
            const row = rows[dataIndex];
            return [
                row.label,
                `组织覆盖 ${count(row.organisation)}/${count(row.active)}（${percent(rate(row, "organisation"))}）`,
                `工作覆盖 ${count(row.work)}/${count(row.active)}（${percent(rate(row, "work"))}）`,
            ].join("\n");
        }),
        series: [
            {
                name: "组织覆盖率",
                type: "bar",
                barMaxWidth: 14,
                cursor: "pointer",
                data: rows.map((row) => ({
                    value: rate(row, "organisation"),
                    label: rate(row, "organisation") < 0.15 ? { position: "right", color: colours.text } : {},
                    itemStyle: {
                        color: rate(row, "organisation") < data.average ? colours.below : colours.above,
                        borderRadius: 2,
                    },
                })),
                label: {
                    show: true,
                    position: "insideLeft",
                    color: "#fff",
                    formatter: ({ value }) => percent(value),
                },
                markLine: {
                    silent: true,
                    symbol: "none",
                    lineStyle: { color: colours.line, type: "dashed", width: 1 },
                    label: { formatter: `全体 ${percent(data.average)}`, position: "start", color: colours.text },
                    data: [{ xAxis: data.average }],
                },
            },
            {
                name: "工作覆盖率",
                type: "scatter",
                symbol: "diamond",
                symbolSize: 11,
                cursor: "pointer",
                itemStyle: { color: colours.work, opacity: 1 },
                data: rows.map((row) => rate(row, "work")),
                label: {
                    show: true,
                    position: "right",
                    color: colours.text,
                    formatter: ({ value }) => percent(value),
                },
            },
        ],
    });

    const methods = (title, rows) => ({
        ...frame(title, rows),
        xAxis: { type: "value", minInterval: 1, splitNumber: 4, axisLabel: { hideOverlap: true } },
        tooltip: tooltip(({ dataIndex }) => `${rows[dataIndex].label} ${count(rows[dataIndex].count)} 家`),
        series: [
            {
                name: title,
                type: "bar",
                barMaxWidth: 16,
                cursor: "pointer",
                itemStyle: { color: colours.above, borderRadius: 2 },
                data: rows.map((row) => row.count),
                label: { show: true, position: "right", formatter: ({ value }) => count(value) },
            },
        ],
    });

    const draw = (element) => {
        const rows = data[element.dataset.chart];
        element.style.height = `${rows.length * 30 + 60}px`;
        const chart = window.echarts.init(element, null, { renderer: "svg" });
        const build = element.dataset.chart === "methods" ? methods : coverage;
        chart.setOption(build(element.dataset.title, rows));
        chart.on("click", ({ dataIndex, seriesType }) => {
            const row = rows[dataIndex];
            if (row) {
                window.location.assign(seriesType === "scatter" ? row.work_url : row.url);
            }
        });
        new ResizeObserver(() => chart.resize({ animation: { duration: 0 } })).observe(element);
        return chart;
    };

    // The charts say it; the tables stay one click away, and are printed unless they are long and stand elsewhere.
    const showTables = (open) => {
        document
            .querySelectorAll(".chart-table:not([data-on-screen])")
            .forEach((table) => table.toggleAttribute("open", open));
    };

    // Once: what somebody has opened stays open.
    const seen = new WeakSet();
    const closeNewTables = () => {
        document.querySelectorAll(".chart-table").forEach((table) => {
            table.toggleAttribute("open", seen.has(table) && table.open);
            seen.add(table);
        });
    };

    // Also after "back", when htmx brings the page in anew; sorting the parks leaves the charts alone, and a part of the
    // dashboard that has come brings a table of its own.
    const drawAll = () => {
        const elements = [...document.querySelectorAll("[data-chart]")];
        if (!elements.length) {
            return;
        }
        closeNewTables();
        if (elements.every((element) => window.echarts.getInstanceByDom(element))) {
            return;
        }
        data = JSON.parse(document.getElementById("chart-data").textContent);
        charts = elements.map(draw);
    };

    drawAll();
    document.addEventListener("htmx:after:swap", drawAll);
    window.addEventListener("beforeprint", () => {
        showTables(true);
        charts.forEach((chart) => chart.resize({ width: 640 }));
    });
    window.addEventListener("afterprint", () => {
        showTables(false);
        charts.forEach((chart) => chart.resize({ width: "auto" }));
    });
})();
