// The wall screen: turns the boards and fetches new figures every minute. What is shown stays until newer figures are
// there; when none come it says since when. Without this file the page reloads itself.
(() => {
    "use strict";

    const TURN_SECONDS = 20;
    const FETCH_SECONDS = 60;
    const wall = document.getElementById("wall");
    const screen = document.getElementById("wall-screen");
    const state = document.getElementById("wall-state");
    const pause = document.getElementById("wall-pause");
    const links = [...wall.querySelectorAll("nav [data-board]")];

    document.documentElement.classList.add("has-script");

    const show = (board) => {
        wall.dataset.board = board;
        links.forEach((link) => link.setAttribute("aria-current", link.dataset.board === String(board)));
    };

    const turn = () => {
        if (pause.getAttribute("aria-pressed") === "false") {
            show((Number(wall.dataset.board) % Number(wall.dataset.boards)) + 1);
        }
    };

    const shownSince = () => screen.querySelector("[data-at]").dataset.at;

    const fetchFigures = async () => {
        try {
            const answer = await fetch(window.location.href, { headers: { "HX-Request": "true" }, cache: "no-store" });
            if (answer.redirected || answer.status === 403) {
                state.textContent = `登录已失效，请重新登录。显示的是 ${shownSince()} 的数据。`;
            } else if (answer.ok) {
                const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
                screen.replaceChildren(...fresh.body.childNodes);
                state.textContent = "";
            } else {
                throw new Error(answer.status);
            }
        } catch {
            state.textContent = `连接中断，显示的是 ${shownSince()} 的数据，恢复后自动更新。`;
        }
    };

    links.forEach((link) =>
        link.addEventListener("click", (event) => {
            event.preventDefault();
            show(link.dataset.board);
        }),
    );
    pause.addEventListener("click", () => {
        const paused = pause.getAttribute("aria-pressed") === "false";
        pause.setAttribute("aria-pressed", paused);
        pause.textContent = paused ? "继续轮播" : "暂停轮播";
    });
    setInterval(turn, TURN_SECONDS * 1000);
    setInterval(fetchFigures, FETCH_SECONDS * 1000);
})();
