// Shows a Markdown text as people will read it, while it is written.
//
// <form> … <textarea data-previewed="Preview" data-preview="/address/">
// The address takes a POST of `body` and gives HTML that it cleaned.

// In milliseconds, since the last key.
const PAUSE = 400;

/** @param {HTMLTextAreaElement} area @param {string} address @param {string} token */
function follow(area, address, token) {
  const shown = document.createElement("section");
  shown.className = "preview";
  shown.setAttribute("aria-label", area.dataset.previewed ?? "");
  area.after(shown);
  let timer = 0;
  let turn = 0;
  const look = async () => {
    const mine = ++turn;
    const answer = await fetch(address, { method: "POST", headers: { "X-CSRFToken": token }, body: new URLSearchParams({ body: area.value }) });
    const html = await answer.text();
    // An answer that was overtaken by another one, or a sign-in page, is not shown.
    if (mine === turn && answer.ok && !answer.redirected) shown.innerHTML = html;
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(() => look().catch(() => shown.replaceChildren()), PAUSE);
  };
  area.addEventListener("input", later);
  if (area.value) later();
}

const form = document.querySelector("form:has([data-previewed])");
const token = form?.querySelector("[name=csrfmiddlewaretoken]");
if (form && token instanceof HTMLInputElement) {
  const found = () => form.querySelectorAll("textarea[data-previewed]:not([data-followed])");
  const begin = () => {
    for (const area of found()) {
      // Django keeps an empty form to copy from.
      if (!(area instanceof HTMLTextAreaElement) || area.name.includes("__prefix__")) continue;
      area.dataset.followed = "";
      follow(area, area.dataset.preview ?? "", token.value);
    }
  };
  begin();
  document.addEventListener("formset:added", begin);
}
