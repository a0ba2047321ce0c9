// Forms with files: how far a large upload has come. Without JavaScript the form is sent as any other.
(() => {
    "use strict";

    document.addEventListener("submit", (event) => {
        const form = event.target;
        if (!form.matches("[data-upload]") || event.defaultPrevented) {
            return;
        }
        event.preventDefault();
        const bar = form.querySelector("progress");
        const button = form.querySelector("[type=submit]");
        const request = new XMLHttpRequest();
        const failed = () => {
            button.disabled = false;
            bar.hidden = true;
            window.alert("上传没有完成，请检查网络和文件大小后再试。");
        };
        request.upload.addEventListener("progress", (sent) => {
            bar.value = sent.lengthComputable ? (100 * sent.loaded) / sent.total : 0;
        });
        request.addEventListener("load", () => {
            const target = request.getResponseHeader("HX-Redirect");
            if (request.status >= 400 || !target) {
                failed();
            } else {
                window.location.assign(target);
            }
        });
        request.addEventListener("error", failed);
        bar.hidden = false;
        button.disabled = true;
        request.open("POST", form.action);
        // The answer then names the next page instead of leading there, so that its messages are seen.
        request.setRequestHeader("HX-Request", "true");
        request.send(new FormData(form));
    });
})();
