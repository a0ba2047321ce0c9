// Draws the network of agreements: party organisations on the left, partner units on the right. The table beside it holds
// the same ties and links; without this file it is all there is.
(() => {
    "use strict";

    if (!window.echarts) {
        return;
    }
    const colours = { inside: "#b4232a", outside: "#0f766e", weak: "#b4232a", tie: "#8a9199", text: "#24272b" };
    const still = window.matchMedia("(prefers-reduced-motion: reduce)");
    const ROW = 30;
    const EDGE = 14;
    const PAPER_WIDTH = "640px";

    document.documentElement.classList.add("has-script");

    // Each side in one column, evenly spread over the height; what has most agreements stands on top.
    const placed = (nodes, width, height) => {
        const labels = Math.min(width * 0.34, 190);
        const columns = { true: nodes.filter((node) => node.inside), false: nodes.filter((node) => !node.inside) };
        return nodes.map((node) => {
            const column = columns[node.inside];
            return {
                name: node.name,
                value: node.count,
                url: node.url,
                x: node.inside ? labels : width - labels,
                y: EDGE + ((column.indexOf(node) + 0.5) * (height - 2 * EDGE)) / column.length,
                symbolSize: 9 + 4 * Math.log2(node.count + 1),
                itemStyle: { color: node.inside ? colours.inside : colours.outside },
                label: { position: node.inside ? "left" : "right", width: labels - 24 },
            };
        });
    };

    const option = (data, width, height) => ({
        aria: {
            enabled: true,
            label: { description: `联建网络，${data.nodes.length} 个单位，${data.ties.length} 对联建。数字见旁边的表。` },
        },
        textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
        tooltip: {
            renderMode: "richText",
            confine: true,
            formatter: ({ dataType, data: shown }) =>
                dataType === "edge"
                    ? [shown.title, `协议 ${shown.count} 份`, ...(shown.weak ? ["签而未动"] : shown.words)].join("\n")
                    : `${shown.name}\n协议 ${shown.value} 份`,
        },
        series: [
            {
                type: "graph",
                layout: "none",
                // The coordinates are those of the box itself.
                left: 0,
                top: 0,
                width,
                height,
                preserveAspect: false,
                cursor: "pointer",
                data: [
                    ...placed(data.nodes, width, height),
                    { name: "", x: 0, y: 0, symbolSize: 0, value: 0 },
                    { name: "\u200b", x: width, y: height, symbolSize: 0, value: 0 },
                ],
                links: data.ties.map((tie) => ({
                    source: tie.one,
                    target: tie.other,
                    title: `${data.nodes[tie.one].name} — ${data.nodes[tie.other].name}`,
                    count: tie.count,
                    weak: tie.weak,
                    words: tie.words,
                    url: tie.url,
                    lineStyle: {
                        width: 1 + 1.5 * Math.log2(tie.count),
                        color: tie.weak ? colours.weak : colours.tie,
                        type: tie.weak ? "dashed" : "solid",
                        opacity: tie.weak ? 0.75 : 0.6,
                        // Between two on the same side the line swings out, or it would lie upon the column.
                        curveness: data.nodes[tie.one].inside === data.nodes[tie.other].inside ? 0.45 : 0.08,
                    },
                })),
                label: { show: true, color: colours.text, fontSize: 12, overflow: "truncate" },
                emphasis: { focus: "adjacency", label: { overflow: "none" } },
            },
        ],
    });

    const draw = (element) => {
        const data = JSON.parse(document.getElementById("network-data").textContent);
        const longest = Math.max(...[true, false].map((side) => data.nodes.filter((n) => n.inside === side).length));
        element.style.height = `${Math.max(longest * ROW, 120) + 2 * EDGE}px`;
        const chart = window.echarts.init(element, null, { renderer: "svg" });
        const show = (moving) =>
            chart.setOption({ ...option(data, element.clientWidth, element.clientHeight), animation: moving });
        show(!still.matches);
        chart.on("click", ({ data: shown }) => {
            if (shown.url) {
                window.location.assign(shown.url);
            }
        });
        // Cleared first: while it still moves, new coordinates would be squeezed into the old box.
        const fit = () => {
            chart.resize({ animation: { duration: 0 } });
            chart.clear();
            show(false);
        };
        new ResizeObserver(fit).observe(element);
        // Paper is laid out without a chance to measure it.
        window.addEventListener("beforeprint", () => {
            element.style.width = PAPER_WIDTH;
            fit();
        });
        window.addEventListener("afterprint", () => {
            element.style.width = "";
            fit();
        });
    };

    // Also after filtering and after "back", when htmx brings the page in anew.
    const drawAnew = () => {
        const element = document.getElementById("network-graph");
        if (element && !window.echarts.getInstanceByDom(element)) {
            draw(element);
        }
    };

    drawAnew();
    document.addEventListener("htmx:after:swap", drawAnew);
})();
