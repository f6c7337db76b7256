// What people see of consent.js: the banner, the settings, the way back to them, and signs where content is held back.

/** @param {object} core What consent.js knows and does. */
export function surface({ config, gpc, preview, purpose, allowed, undecided, asks, locked, decide }) {
  const { banner } = config, { labels } = banner;
  let shown = null, dialog = null, control = null, status = null;

  function h(name, attributes, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) if (value !== false) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  /** Where our words are, their language and the site's colours are too. Only by script: a strict policy forbids attributes. */
  function paint(made) {
    for (const [name, value] of Object.entries(banner.colours ?? {})) made.style.setProperty(`--pc-${name.replace("_", "-")}`, value);
    made.lang = banner.language;
    made.dir = banner.direction;
    return made;
  }

  const button = (action, label, more) => h("button", { type: "button", "data-pc-action": action, ...more }, labels[label]);
  const even = (third) => h("div", { class: "pc-actions" }, button("accept-all", "accept"), button("reject-all", "refuse"), third);
  const close = (action = "close") => h("button", { type: "button", class: "pc-close", "data-pc-action": action, "aria-label": labels.close });
  const signal = () => (gpc && config.purposes.some((each) => each.gpc && !allowed(each.purpose)) ? [h("p", { class: "pc-signal" }, labels.signal)] : []);

  function ask() {
    if (shown) return;
    shown = paint(h("div", { class: "pc pc-banner", "data-layout": banner.layout, role: "dialog", "aria-labelledby": "pc-title", "aria-describedby": "pc-text" },
      close(), h("h2", { id: "pc-title" }, banner.title), h("p", { id: "pc-text" }, banner.text),
      h("ul", {}, ...undecided().map((asked) => h("li", {}, asked.name))), ...signal(),
      even(button("choose", "choose"))));
    control?.remove();
    document.body.prepend(shown);
    document.documentElement.classList.add("pc-asks");
  }

  function hide() {
    shown?.remove();
    dialog?.close();
    document.documentElement.classList.remove("pc-asks");
    shown = null;
  }

  /** The way back to the settings; a page may have one of its own. */
  function handle(focus) {
    if (shown || !config.purposes.length) return;
    control ??= paint(button("open", "settings", { class: "pc pc-control", "aria-haspopup": "dialog" }));
    if (!control.childElementCount) control.append(...signal().map((sign) => h("span", {}, sign.textContent)));
    if (!document.querySelector("[data-pc-action=open]")) document.body.append(control);
    if (focus) document.querySelector("[data-pc-action=open]").focus();
  }

  function row(asked) {
    const whole = purpose(asked.part_of);
    const words = [asked.description, whole && `${labels.part.replace("%s", whole.name)}.`, locked(asked) && labels.locked];
    const box = h("input", { type: "checkbox", name: asked.purpose });
    box.checked = allowed(asked.purpose);
    box.disabled = locked(asked);
    return h("li", {}, h("label", {}, box, asked.name), h("p", {}, words.filter(Boolean).join(" ")),
      ...(asked.trackers.length ? [h("details", {}, h("summary", {}, labels.kept),
        h("ul", {}, ...asked.trackers.map((each) => h("li", {}, h("code", {}, each.name), ` ${each.provider} · ${each.duration}`))))] : []));
  }

  const box = (slug) => dialog.querySelector(`[name="${slug}"]`);

  function settings() {
    if (dialog?.open) return;
    dialog?.remove();
    dialog = paint(h("dialog", { class: "pc pc-dialog", "aria-labelledby": "pc-settings" },
      close(), h("h2", { id: "pc-settings" }, labels.settings), h("p", {}, banner.text), ...signal(), h("ul", {}, ...config.purposes.map(row)),
      even(button("save", "save")),
      h("p", {}, h("a", { href: config.page, target: "_blank", rel: "noopener" }, labels.all))));
    // A part is not allowed without its whole.
    dialog.addEventListener("change", ({ target }) => {
      for (let up = purpose(target.name).part_of; target.checked && purpose(up); up = purpose(up).part_of) box(up).checked = true;
      for (const each of config.purposes) if (purpose(each.part_of) && !box(each.part_of).checked) box(each.purpose).checked = false;
    });
    document.body.append(dialog);
    dialog.showModal();
  }

  /** Puts a readable sign in the place of what is held back, or takes it away. */
  function sign(element, asked) {
    const before = element.previousElementSibling?.matches(".pc-embed") && element.previousElementSibling;
    if (!asked) {
      before?.remove?.();
      element.hidden = false;
    } else if (!before && (element.matches("iframe") || element.width > 40)) {
      const { width, height } = element.getBoundingClientRect();
      const made = paint(h("div", { class: "pc pc-embed", role: "group", "aria-label": asked.name },
        h("p", {}, labels.blocked.replace("%s", asked.name)), button("show", "show", { "data-pc-purpose": asked.purpose })));
      // Where and as large as what it stands for, so that nothing moves.
      const { display, margin } = getComputedStyle(element);
      const size = { inlineSize: `${width}px`, blockSize: `${height}px`, overflow: "auto", margin };
      Object.assign(made.style, size, { display: display.replace(/^inline$/, "inline-block") });
      element.before(made);
      element.hidden = true;
    }
  }

  /** @param {string} words @param {boolean} [quiet] Only for those who listen: the others see it. */
  function tell(words, quiet) {
    status ??= document.body.appendChild(paint(h("p", { role: "status" })));
    status.className = `pc pc-${quiet ? "quiet" : "status"}`;
    status.replaceChildren(...(quiet ? [words] : [close("hush"), words]));
  }

  async function answer(pressed, choose) {
    const focus = shown?.contains(document.activeElement) || dialog?.open;
    hide();
    if (preview) return ask();
    const fault = await decide(pressed, choose);
    tell(fault || labels.saved, !fault);
    return asks() ? ask() : handle(focus);
  }

  function wanted(slug) {
    const wholes = [];
    for (let up = slug; purpose(up); up = purpose(up).part_of) wholes.push(up);
    return wholes;
  }

  /** @type {Record<string, (pressed: HTMLElement) => void>} */
  const ACTIONS = {
    // A banner that asks about some allows those; to refuse is always about all.
    "accept-all": () => {
      const some = shown && !dialog?.open && undecided();
      answer("accept-all", (asked) => !some || some.includes(asked) || undefined);
    },
    "reject-all": () => answer("reject-all", () => false),
    save: () => dialog?.open && answer("save", (asked) => box(asked.purpose).checked),
    show: ({ dataset }) => {
      const slugs = wanted(dataset.pcPurpose);
      answer("show", (asked) => slugs.includes(asked.purpose) || undefined);
    },
    choose: settings,
    open: settings,
    hush: () => tell("", true),
    // To close is to say nothing: the next page asks again.
    close: () => {
      if (dialog?.open) dialog.close();
      else {
        hide();
        handle(true);
      }
    },
  };
  document.addEventListener("click", ({ target }) => {
    const pressed = target.closest?.("[data-pc-action]");
    ACTIONS[pressed?.dataset.pcAction]?.(pressed);
  });
  document.addEventListener("keydown", ({ key }) => {
    if (key === "Escape" && !dialog?.open && shown?.contains(document.activeElement)) ACTIONS.close();
  });

  return {
    ask, handle, settings, sign, tell,
    /** Another tab decided. */
    follow() {
      if (shown && !asks()) {
        hide();
        handle();
      }
    },
  };
}
