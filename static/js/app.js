// Behaviour every page shares. Nothing here is needed to use a page: without JavaScript all links and forms work.
(() => {
    "use strict";

    // htmx 4 does not pass hx-headers down from <body>; its request event reaches the document, so the token goes
    // in here. Only our own host gets it: htmx sends "same-origin" requests alone.
    document.addEventListener("htmx:config:request", (event) => {
        const request = event.detail.ctx.request;
        const token = document.querySelector('meta[name="csrf-token"]')?.content;
        if (token && !/^(GET|HEAD|OPTIONS)$/.test(request.method)) {
            request.headers["X-CSRFToken"] = token;
        }
    });

    // htmx 4 swaps error pages into the target like any answer. Show them whole instead, and when the session has
    // ended meanwhile, let the page itself go to the sign-in page.
    document.addEventListener("htmx:before:response", (event) => {
        const raw = event.detail.ctx.response.raw;
        if (raw.redirected && new URL(raw.url).pathname.startsWith("/accounts/login/")) {
            event.preventDefault();
            window.location.reload();
        } else if (raw.status >= 400 && raw.status !== 422) {
            event.preventDefault();
            raw.text().then(showErrorPage);
        }
    });

    const showErrorPage = (text) => {
        const page = new DOMParser().parseFromString(text, "text/html");
        document.querySelector("main").replaceChildren(...(page.querySelector("main") ?? page.body).childNodes);
        window.scrollTo(0, 0);
    };

    // Results while one types: sent for two characters and more, and never what begins like somebody's number.
    const box = document.querySelector("[data-search] input");
    const found = document.getElementById("search-found");
    const options = () => [...found.querySelectorAll("[role=option]")];

    const showFound = (open) => {
        found.hidden = !open;
        box.setAttribute("aria-expanded", String(open));
        if (!open) {
            choose(null);
        }
    };

    const choose = (chosen) => {
        for (const option of options()) {
            option.setAttribute("aria-selected", String(option === chosen));
        }
        if (chosen) {
            box.setAttribute("aria-activedescendant", chosen.id);
            chosen.scrollIntoView({ block: "nearest" });
        } else {
            box.removeAttribute("aria-activedescendant");
        }
    };

    if (box) {
        box.setAttribute("role", "combobox");
        box.setAttribute("aria-autocomplete", "list");
        box.setAttribute("aria-controls", found.id);
        box.setAttribute("aria-expanded", "false");
        document.addEventListener("htmx:config:request", (event) => {
            const text = box.value.trim();
            const tooShort = text.length < 2 || /^[+\d\s-]{7,}$/.test(text.normalize("NFKC"));
            if (event.detail.ctx.sourceElement === box && (tooShort || !box.checkValidity())) {
                event.preventDefault();
                showFound(false);
            }
        });
        document.addEventListener("htmx:after:swap", () => {
            if (document.activeElement === box && options().length + found.childElementCount > 0) {
                showFound(true);
            }
        });
        box.addEventListener("keydown", (event) => {
            const chosen = found.hidden ? -1 : options().findIndex((option) => option.ariaSelected === "true");
            const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
            if (step && options().length) {
                event.preventDefault();
                showFound(true);
                const count = options().length;
                choose(options()[chosen < 0 && step < 0 ? count - 1 : (chosen + step + count) % count]);
            } else if (event.key === "Enter" && chosen >= 0 && !event.isComposing) {
                event.preventDefault();
                options()[chosen].click();
            } else if (event.key === "Escape") {
                showFound(false);
            }
        });
        box.form.addEventListener("focusout", (event) => {
            if (!box.form.contains(event.relatedTarget)) {
                showFound(false);
            }
        });
    }

    const typing = (element) => element.closest("input, textarea, select, [contenteditable]") !== null;

    document.addEventListener("keydown", (event) => {
        if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !typing(event.target)) {
            const search = document.querySelector("[data-slash-focus]");
            if (search) {
                event.preventDefault();
                search.focus();
                search.select();
            }
        }
        if (event.key === "Escape") {
            closeMenus(null);
        }
    });

    const closeMenus = (inside) => {
        for (const menu of document.querySelectorAll("details[data-closes-outside][open]")) {
            if (!inside || !menu.contains(inside)) {
                menu.removeAttribute("open");
            }
        }
        if (!inside?.closest(".sidebar, [data-menu-toggle]")) {
            toggleSidebar(false);
        }
    };

    const toggleSidebar = (open) => {
        document.body.classList.toggle("menu-open", open);
        document.querySelector("[data-menu-toggle]")?.setAttribute("aria-expanded", String(open));
    };

    document.addEventListener("click", (event) => {
        const toggle = event.target.closest("[data-menu-toggle]");
        if (toggle) {
            event.preventDefault();
            toggleSidebar(!document.body.classList.contains("menu-open"));
            return;
        }
        const link = event.target.closest("a[data-confirm]");
        if (link && !window.confirm(link.dataset.confirm)) {
            event.preventDefault();
            event.stopImmediatePropagation();
        }
        if (event.target.closest("[data-print]")) {
            window.print();
        }
        closeMenus(event.target);
    }, true);

    // Asked before the form goes out, whether the question stands on the form or on the button.
    document.addEventListener("submit", (event) => {
        const form = event.target;
        const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
        if (question && !window.confirm(question)) {
            event.preventDefault();
            event.stopImmediatePropagation();
            return;
        }
        // htmx may have changed the address since the page was drawn: save the filter that is on the screen.
        if (form.matches("[data-saves-query]")) {
            const query = new URLSearchParams(window.location.search);
            query.delete("after");
            query.delete("before");
            form.elements.query.value = query.toString();
        }
    }, true);

    // A table that is wider than its place can be scrolled with the keyboard.
    const markScrolling = (box) => {
        if (box.scrollWidth > box.clientWidth) {
            box.tabIndex = 0;
        } else {
            box.removeAttribute("tabindex");
        }
    };
    const sizes = new ResizeObserver((entries) => entries.forEach((entry) => markScrolling(entry.target)));
    const watchTables = () => {
        sizes.disconnect();
        document.querySelectorAll(".table-responsive").forEach((box) => sizes.observe(box));
    };
    watchTables();
    document.addEventListener("htmx:after:swap", watchTables);

    // Selects with data-submits send their form at once, e.g. a choice of month.
    document.addEventListener("change", (event) => {
        if (event.target.matches("[data-submits]")) {
            event.target.form.requestSubmit();
        }
    });
})();
