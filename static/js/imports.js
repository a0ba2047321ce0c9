// The import wizard: dropping a file, ticking rows, not sending twice, copying a hash. All works without it.
(() => {
    "use strict";

    const zone = document.querySelector("[data-drop-zone]");
    if (zone) {
        const input = zone.querySelector("input[type=file]");
        const chosen = zone.querySelector("[data-chosen]");
        const hover = (on) => zone.classList.toggle("is-over", on);
        const tell = () => {
            const file = input.files[0];
            chosen.textContent = file ? `已选择：${file.name}（${Math.max(1, Math.round(file.size / 1024))} KB）` : "";
        };
        for (const name of ["dragenter", "dragover"]) {
            zone.addEventListener(name, (event) => {
                event.preventDefault();
                hover(true);
            });
        }
        for (const name of ["dragleave", "drop"]) {
            zone.addEventListener(name, () => hover(false));
        }
        zone.addEventListener("drop", (event) => {
            event.preventDefault();
            if (event.dataTransfer.files.length) {
                input.files = event.dataTransfer.files;
                tell();
            }
        });
        // A file that misses the zone must not replace the page.
        for (const name of ["dragover", "drop"]) {
            document.addEventListener(name, (event) => event.preventDefault());
        }
        input.addEventListener("change", tell);
    }

    document.addEventListener("change", (event) => {
        if (event.target.matches("[data-tick]")) {
            document.getElementById("selection").requestSubmit();
        }
    });

    // The server keeps a second submission from doing anything; this keeps people from wondering.
    document.addEventListener("submit", (event) => {
        if (event.target.matches("[data-once]") && !event.defaultPrevented) {
            const button = event.submitter ?? event.target.querySelector("[type=submit]");
            button?.setAttribute("aria-busy", "true");
            window.setTimeout(() => button && (button.disabled = true), 0);
        }
    });
    window.addEventListener("pageshow", () => {
        for (const button of document.querySelectorAll("[aria-busy=true]")) {
            button.disabled = false;
            button.removeAttribute("aria-busy");
        }
    });

    document.addEventListener("click", (event) => {
        const button = event.target.closest("[data-copy]");
        if (button && navigator.clipboard) {
            navigator.clipboard.writeText(button.dataset.copy).then(() => {
                button.title = "已复制";
                button.classList.add("text-success");
            });
        }
    });
})();
