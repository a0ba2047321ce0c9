// The plan of recruiting: the sum of what is handed down, beside what there is, while one types. The server decides.
(() => {
    "use strict";

    const form = document.querySelector("[data-plan]");
    if (!form) {
        return;
    }
    const line = form.querySelector("[data-plan-sum]");
    const shown = form.querySelector("[data-plan-total]");
    const value = (input) => Number.parseInt(input?.value, 10);
    const places = (row) => row.querySelector("input[name^='places-']");
    const update = () => {
        const rows = [...form.querySelectorAll(".plan-row")];
        const own = rows.find((row) => row.classList.contains("is-own"));
        const sum = rows.reduce((total, row) => total + (row === own ? 0 : value(places(row)) || 0), 0);
        const held = own ? value(places(own)) : Number.parseInt(line.dataset.held, 10);
        shown.textContent = Number.isNaN(held) ? `${sum} 名` : `${sum} / ${held} 名`;
        line.classList.toggle("text-danger", sum > held);
        line.hidden = false;
    };
    form.addEventListener("input", update);
    update();
})();
