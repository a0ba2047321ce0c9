// The form for a coverage shows only what the chosen method asks for. Without JavaScript it shows all fields.
(() => {
    "use strict";

    const OWNERS = {
        instructor_name: ["instructor"],
        term_ends_on: ["instructor"],
        reason: ["joint"],
        approval_no: ["joint"],
    };

    const show = (method) => {
        for (const [name, methods] of Object.entries(OWNERS)) {
            const row = document.getElementById(`div_id_${name}`);
            const field = document.getElementById(`id_${name}`);
            if (row && field) {
                row.hidden = method !== "" && !methods.includes(method);
                if (row.hidden) {
                    field.value = "";
                }
            }
        }
    };

    const method = document.getElementById("id_method");
    if (method) {
        method.addEventListener("change", () => show(method.value));
        show(method.value);
    }
})();
