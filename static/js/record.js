// Recording an activity: the counter, Ctrl+Enter, and a form that outlives a lost connection. Without this file the
// form works as any other. Nothing is written to the browser's storage: names of members stay in this page.
(() => {
    "use strict";

    const RETRY_SECONDS = 15;
    const AWAY = [502, 503, 504];
    // The answer is no form: what was typed stays on this page.
    const REFUSED = {
        403: "没有保存：您现在没有为该党组织登记活动的权限。填写的内容仍在本页，请核对账号后再点保存。",
        404: "没有保存：找不到该党组织或活动。填写的内容仍在本页，请核对账号后再点保存。",
        413: "没有保存：填写的内容过长，请删减后再点保存。",
        429: "没有保存：操作过于频繁，请稍等片刻再点保存。填写的内容仍在本页。",
    };
    const form = () => document.querySelector("[data-record]");
    const part = (name) => form()?.querySelector(`[data-${name}]`);
    let waiting = null; // what could not be sent yet, with the key under which it is stored once
    let isSending = false;
    const touched = new Map(); // taps on the roll, kept when the roll is drawn anew

    // --- The roll ------------------------------------------------------------------------------------

    const count = () => {
        const shown = part("here");
        if (shown) {
            shown.textContent = form().querySelectorAll("input[name=here]:checked").length;
        }
    };

    const silent = () =>
        [...(part("roll")?.querySelectorAll(".person") ?? [])].find(
            (person) =>
                !person.querySelector("[name=here]").checked &&
                person.querySelector(".why") &&
                !person.querySelector(".why input:checked"),
        );

    const restoreTaps = () => {
        for (const [key, state] of touched) {
            const field = [...(part("roll")?.querySelectorAll("input") ?? [])].find(
                (input) => `${input.name}=${input.type === "text" ? "" : input.value}` === key,
            );
            if (field) {
                field[field.type === "text" ? "value" : "checked"] = state;
            }
        }
    };

    document.addEventListener("change", (event) => {
        const place = event.target.closest("[data-place]");
        if (place && event.target.matches("select")) {
            place.requestSubmit();
        }
        if (event.target.closest("[data-roll]")) {
            const input = event.target;
            if (input.type === "radio") {
                [...touched.keys()].filter((key) => key.startsWith(`${input.name}=`)).forEach((key) => touched.delete(key));
            }
            const isText = input.type === "text";
            touched.set(`${input.name}=${isText ? "" : input.value}`, isText ? input.value : input.checked);
            count();
        }
    });

    let circle = part("roll")?.dataset.circle;
    document.addEventListener("htmx:after:swap", () => {
        const roll = part("roll");
        if (roll?.dataset.circle === circle) {
            restoreTaps();
        } else {
            touched.clear();
            circle = roll?.dataset.circle;
        }
        const title = part("default-title");
        const proposed = form()?.querySelector("[data-title]")?.dataset.title;
        if (title && proposed) {
            title.placeholder = proposed;
        }
        count();
    });

    // --- Sending ---------------------------------------------------------------------------------------

    const say = (words, { locked = false } = {}) => {
        part("banner").hidden = !words;
        part("banner-words").textContent = words;
        part("go-on").hidden = !locked;
        form().querySelector(".record-fields").inert = locked;
        part("save").disabled = locked;
    };

    const hold = () =>
        say("没有网络，填写的内容保留在本页，恢复后自动保存。请不要关闭本页。", { locked: true });

    const showPage = (text) => {
        const page = new DOMParser().parseFromString(text, "text/html");
        const main = document.querySelector("main");
        main.replaceChildren(...(page.querySelector("main") ?? page.body).childNodes);
        window.htmx?.process(main);
        circle = part("roll")?.dataset.circle;
        count();
        (main.querySelector("[data-refused]") ?? main).scrollIntoView({ block: "center" });
    };

    // Who signed in again in another window has a new token, which the form of this page does not know.
    const renewToken = async (data) => {
        const answer = await fetch(window.location.href, { headers: { Accept: "text/html" } });
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const token = page.querySelector("[data-record] [name=csrfmiddlewaretoken]")?.value;
        if (token) {
            data.set("csrfmiddlewaretoken", token);
            form().elements.csrfmiddlewaretoken.value = token;
        }
        return Boolean(token);
    };

    const post = (data) =>
        fetch(window.location.href, { method: "POST", body: data, headers: { "HX-Request": "true" } });

    const isSignIn = (answer) => new URL(answer.url).pathname.startsWith("/accounts/");

    const deliver = async (data) => {
        let answer = await post(data);
        if ((answer.status === 403 || isSignIn(answer)) && (await renewToken(data))) {
            answer = await post(data);
        }
        return answer;
    };

    const take = async (answer) => {
        const there = answer.headers.get("HX-Redirect");
        if (there) {
            waiting = null;
            window.location.assign(there);
        } else if (AWAY.includes(answer.status)) {
            hold();
        } else {
            waiting = null;
            say("");
            if (isSignIn(answer)) {
                say("登录已失效，没有保存。请在新窗口重新登录，再回到本页点保存。");
            } else if (answer.ok) {
                showPage(await answer.text());
            } else {
                say(REFUSED[answer.status] ?? "系统出错，没有保存。填写的内容仍在本页，请稍后再点保存。");
            }
        }
    };

    const send = async () => {
        if (!waiting || isSending) {
            return;
        }
        isSending = true;
        part("save").disabled = true;
        try {
            await take(await deliver(waiting));
        } catch {
            hold();
        } finally {
            isSending = false;
        }
    };

    document.addEventListener("submit", (event) => {
        if (event.target !== form()) {
            return;
        }
        event.preventDefault();
        const person = silent();
        if (person) {
            say(`请选择${person.querySelector(".why-name").textContent}未到会的原因，没有请假的选“缺席”。`);
            person.querySelector(".why input").focus();
            return;
        }
        waiting = new FormData(event.target);
        send();
    });

    document.addEventListener("click", (event) => {
        if (event.target.closest("[data-go-on]")) {
            waiting = null;
            say("");
        }
    });

    document.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && form()?.contains(event.target)) {
            event.preventDefault();
            form().requestSubmit();
        }
    });

    window.addEventListener("online", send);
    window.setInterval(send, RETRY_SECONDS * 1000);
    window.addEventListener("beforeunload", (event) => {
        if (waiting) {
            event.preventDefault();
        }
    });
    count();
})();
