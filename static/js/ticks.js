// A box in the table's head ticks all rows of the page. Without JavaScript one ticks row by row.
(() => {
    "use strict";

    const boxes = (all) => all.closest("table").querySelectorAll("input[type=checkbox][data-tick]");

    document.addEventListener("change", (event) => {
        if (event.target.matches("[data-tick-all]")) {
            for (const box of boxes(event.target)) {
                box.checked = event.target.checked;
            }
        } else if (event.target.matches("[data-tick]")) {
            const all = event.target.closest("table").querySelector("[data-tick-all]");
            if (all) {
                const list = [...boxes(all)];
                all.checked = list.every((box) => box.checked);
                all.indeterminate = !all.checked && list.some((box) => box.checked);
            }
        }
    });
})();
