// Privacy Center on any page: <script src="https://…/consent.js" data-site="…" defer></script>
// Asks what may be kept in the browser, holds back what is not allowed, and has every decision recorded.

(() => {
  const tag = document.currentScript;
  const { site, preview } = tag.dataset;
  const root = document.documentElement;
  const COOKIE = "pc_choices", UNSENT = "pc_unsent", DAY = 864e5, LIFETIME = 400 * 86400;
  const gpc = navigator.globalPrivacyControl === true;
  const today = () => Math.floor(Date.now() / DAY);

  // Google's tags are told no before they run, whatever is decided later.
  const layer = (window.dataLayer ||= []);
  function gtag() { layer.push(arguments); }
  const GOOGLE = "ad_storage ad_user_data ad_personalization analytics_storage functionality_storage personalization_storage".split(" ");
  const google = (yes) => Object.fromEntries(GOOGLE.map((type) => [type, yes.has(type) ? "granted" : "denied"]));
  gtag("consent", "default", { ...google(new Set()), security_storage: "granted", wait_for_update: 500 });

  // --- what this browser keeps: one cookie with the id of the device and, by purpose, yes or no and until when
  /** @typedef {{ allowed: boolean, until: number }} Answer */
  let device = "";
  /** @type {Map<string, Answer>} */
  let answers = new Map();

  function read() {
    const found = document.cookie.match(/(?:^|; )pc_choices=1\.([\w-]{22}:[\w-]{43})?\.((?:[\w-]{4}[GR][\da-z]{3})*)(?:;|$)/);
    device = found?.[1] ?? "";
    answers = new Map((found?.[2].match(/.{8}/g) ?? []).map((each) =>
      [each.slice(0, 4), { allowed: each[4] === "G", until: parseInt(each.slice(5), 36) }]));
  }

  function write() {
    const known = config.purposes.filter(({ key }) => answers.has(key)).map(({ key }) => {
      const { allowed, until } = answers.get(key);
      return key + (allowed ? "G" : "R") + until.toString(36).padStart(3, "0");
    });
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `${COOKIE}=1.${device}.${known.join("")}; Path=/; SameSite=Lax; Max-Age=${LIFETIME}${secure}`;
  }

  // What could not be sent yet. A page that may not keep anything has it until it is left.
  /** @type {object[]} */
  let unsent = [];
  function keepUnsent() {
    try {
      if (unsent.length) localStorage.setItem(UNSENT, JSON.stringify(unsent.slice(-20)));
      else localStorage.removeItem(UNSENT);
    } catch { /* storage is switched off */ }
  }
  try { unsent = [].concat(JSON.parse(localStorage.getItem(UNSENT)) ?? []); } catch { /* or holds nonsense */ }

  // --- what is allowed
  let config = null;
  const purpose = (slug) => config?.purposes.find((each) => each.purpose === slug);
  const answer = ({ key }) => (answers.get(key)?.until > today() ? answers.get(key) : undefined);
  const refusedUnsent = (slug) => unsent.some(({ decisions }) => decisions.some((d) => d.purpose === slug && d.decision === "refused"));

  function allowed(slug) {
    const asked = purpose(slug);
    return Boolean(asked && answer(asked)?.allowed && !(gpc && asked.gpc) && !refusedUnsent(slug)
      && (!asked.part_of || !purpose(asked.part_of) || allowed(asked.part_of)));
  }
  const open = (asked) => !answer(asked) && !(gpc && asked.gpc) && !(purpose(asked.part_of) && answer(purpose(asked.part_of))?.allowed === false);

  // --- holding back and letting go
  function letGo(held) {
    if (held.matches("script")) {
      const script = document.createElement("script");
      for (const { name, value } of held.attributes) if (name !== "type" && name !== "data-src") script.setAttribute(name, value);
      if (held.dataset.type) script.type = held.dataset.type;
      if (held.dataset.src) script.src = held.dataset.src;
      script.nonce = held.nonce;
      script.async = false;
      script.text = held.text;
      script.dataset.pcRuns = "";
      held.replaceWith(script);
    } else {
      held.src = held.dataset.src;
      stand(held);
    }
  }

  /** Puts a readable sign in the place of what is held back, or takes it away. */
  function stand(held, asked) {
    const sign = held.previousElementSibling?.matches(".pc-embed") ? held.previousElementSibling : null;
    if (!asked) sign?.remove();
    else if (!sign && (held.matches("iframe") || held.width > 40)) {
      const { width, height } = held.getBoundingClientRect();
      const made = h("div", { class: "pc pc-embed", role: "group", "aria-label": asked.name },
        h("p", {}, config.banner.labels.blocked.replace("%s", asked.name)),
        h("button", { type: "button", "data-pc-action": "show", "data-pc-purpose": asked.purpose }, config.banner.labels.show));
      made.style.inlineSize = `${width}px`;
      made.style.minBlockSize = `${height}px`;
      paint(made);
      held.before(made);
      style();
    }
    held.hidden = Boolean(asked);
  }

  function settle(element) {
    const slug = element.dataset.purpose;
    if (element.matches("script")) {
      if (element.type === "text/plain" && allowed(slug)) letGo(element);
    } else if (element.dataset.src && allowed(slug)) {
      if (!element.hasAttribute("src")) letGo(element);
    } else if (element.dataset.src && config) {
      // A frame that is only told to forget its address goes on running: another one takes its place.
      if (element.hasAttribute("src")) {
        const fresh = element.cloneNode(false);
        fresh.removeAttribute("src");
        element.replaceWith(fresh);
        element = fresh;
      }
      if (purpose(slug)) stand(element, purpose(slug));
    }
  }
  const all = (within) => [...(within.matches?.("[data-purpose]") ? [within] : []), ...within.querySelectorAll("[data-purpose]")];

  // Cookies are removed for every path and domain that the page could have set them for.
  function forget(name) {
    const parts = location.hostname.split(".");
    const domains = ["", ...parts.map((_, n) => `; Domain=${parts.slice(n).join(".")}`)];
    const folders = location.pathname.split("/");
    const paths = folders.flatMap((_, n) => [folders.slice(0, n + 1).join("/") || "/", `${folders.slice(0, n + 1).join("/")}/`]);
    for (const domain of domains) for (const path of paths) document.cookie = `${name}=; Max-Age=0; Path=${path}${domain}`;
  }

  function clear() {
    const yes = [], no = [];
    for (const asked of config.purposes) (allowed(asked.purpose) ? yes : no).push(...asked.trackers);
    const fits = (list, storage, name) => list.some((each) => each.storage === storage
      && (each.name.endsWith("*") ? name.startsWith(each.name.slice(0, -1)) : name === each.name));
    const gone = (storage, name) => fits(no, storage, name) && !fits(yes, storage, name);
    for (const [name] of document.cookie.split("; ").map((each) => each.split("="))) if (gone("cookie", name)) forget(name);
    for (const storage of ["local", "session"]) {
      try {
        const kept = window[`${storage}Storage`];
        for (const name of Object.keys(kept)) if (gone(`${storage}-storage`, name)) kept.removeItem(name);
      } catch { /* storage is switched off */ }
    }
  }

  const waiting = new Map();
  let told = "";

  /** Makes the page what the answers say, and tells who wants to know. */
  function apply() {
    if (!config) return;
    all(document).forEach(settle);
    clear();
    const now = { allowed: [], refused: [] };
    for (const each of config.purposes) now[allowed(each.purpose) ? "allowed" : "refused"].push(each.purpose);
    for (const slug of now.allowed) waiting.get(slug)?.go();
    if (told === (told = JSON.stringify(now))) return;
    gtag("consent", "update", google(new Set(now.allowed.flatMap((slug) => purpose(slug).google))));
    layer.push({ event: "privacy_center_choice", ...now });
    document.dispatchEvent(new CustomEvent("privacycenter:choice", { detail: now }));
  }

  // --- the record
  const post = (path, body) => fetch(new URL(`api/v1/cookies/${path}/`, tag.src), {
    method: "POST", credentials: "omit", keepalive: true, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
  const failed = ({ status }) => status >= 500 || status === 429;

  /** True once it is recorded, or will never be; false: later. */
  async function send(said, again) {
    try {
      if (!said.device) {
        const made = await post("devices", { site });
        if (!made.ok) return !failed(made);
        said.device = (await made.json()).device;
      }
      const reply = await post("decisions", said);
      if (reply.ok) {
        read();
        device = said.device;
        for (const { key, allowed, until } of (await reply.json()).results) answers.set(key, { allowed, until });
        write();
        return true;
      }
      if (failed(reply)) return false;
    } catch { return false; }
    // Perhaps the device turned out to be somebody, or its clock is wrong: once more as a new one, and as of now.
    if (again) return true;
    delete said.said_at;
    said.device = "";
    return send(said, true);
  }

  let sending = null;
  async function sendAll() {
    while (unsent.length) {
      const done = await send(unsent[0]);
      keepUnsent();
      if (!done) break;
      unsent.shift();
      keepUnsent();
    }
    return !unsent.length;
  }

  /** @param {string} control @param {(asked: object) => boolean | undefined} choose undefined: nothing is said about it */
  async function decide(control, choose) {
    const decisions = config.purposes.flatMap((asked) => {
      const yes = choose(asked);
      return yes === undefined ? [] : [{
        purpose: asked.purpose, version: asked.version, text_sha256: asked.text_sha256, decision: yes && !(gpc && asked.gpc) ? "granted" : "refused",
      }];
    });
    const focus = shown?.contains(document.activeElement) || dialog?.open;
    hide();
    if (preview) return ask();
    if (!decisions.length) return;
    const id = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    unsent.push({
      site, device, control, gpc, decisions, client_id: id, language: config.banner.language,
      banner: control === "gpc" ? null : config.banner.sha256, said_at: new Date().toISOString(),
    });
    keepUnsent();
    apply();
    const sent = await (sending = Promise.resolve(sending).then(sendAll));
    apply();
    channel?.postMessage("");
    say(sent ? config.banner.labels.saved : config.banner.labels.unsent, sent);
    if (!unsent.length && config.purposes.some(open)) ask();
    else handle(focus);
  }

  // --- what people see
  function h(name, attributes, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) if (value !== false) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  let sheet = null;
  const style = () => (sheet ||= new Promise((done) => {
    const link = h("link", { rel: "stylesheet", href: new URL("consent.css", tag.src) });
    link.onload = link.onerror = done;
    document.head.append(link);
  }));

  function paint(made) {
    const { colours, language, direction } = config.banner;
    for (const [name, value] of Object.entries(colours ?? {})) made.style.setProperty(`--pc-${name.replace("_", "-")}`, value);
    made.lang = language;
    made.dir = direction;
    return made;
  }

  let shown = null, dialog = null, control = null, status = null;
  const buttons = (...actions) => h("div", { class: "pc-actions" },
    ...actions.map(([action, label]) => h("button", { type: "button", "data-pc-action": action }, config.banner.labels[label])));
  const close = () => h("button", { type: "button", class: "pc-close", "data-pc-action": "close", "aria-label": config.banner.labels.close }, "×");
  const signal = () => (gpc && config.purposes.some((each) => each.gpc) ? [h("p", { class: "pc-signal" }, config.banner.labels.signal)] : []);

  async function ask() {
    await style();
    if (shown) return;
    const { title, text, layout } = config.banner;
    shown = paint(h("div", { class: "pc pc-banner", "data-layout": layout, role: "dialog", "aria-labelledby": "pc-title", "aria-describedby": "pc-text" },
      close(), h("h2", { id: "pc-title" }, title), h("p", { id: "pc-text" }, text),
      h("ul", {}, ...config.purposes.filter(open).map((asked) => h("li", {}, asked.name))), ...signal(),
      buttons(["accept-all", "accept"], ["reject-all", "refuse"], ["choose", "choose"])));
    control?.remove();
    document.body.prepend(shown);
    root.classList.add("pc-asks");
  }

  function hide() {
    shown?.remove();
    dialog?.close();
    root.classList.remove("pc-asks");
    shown = null;
  }

  /** The way back to the settings; a page may have one of its own. */
  async function handle(focus) {
    await style();
    if (shown || !config.purposes.length) return;
    control ??= paint(h("button", { type: "button", class: "pc pc-control", "data-pc-action": "open", "aria-haspopup": "dialog" },
      config.banner.labels.settings, ...signal().map((sign) => h("span", {}, sign.textContent))));
    if (!control.isConnected && !document.querySelector("[data-pc-action=open]")) document.body.append(control);
    if (focus) document.querySelector("[data-pc-action=open]").focus();
  }

  function say(words, quiet) {
    status ??= document.body.appendChild(paint(h("p", { role: "status" })));
    status.className = quiet ? "pc pc-quiet" : "pc pc-status";
    status.textContent = words;
  }

  function row(asked) {
    const { labels } = config.banner, locked = gpc && asked.gpc, whole = purpose(asked.part_of);
    return h("li", {},
      h("label", {}, h("input", { type: "checkbox", name: asked.purpose, disabled: locked && "", ...(allowed(asked.purpose) && { checked: "" }) }), asked.name),
      h("p", {}, asked.description, ...(whole ? [` ${labels.part.replace("%s", whole.name)}.`] : []), ...(locked ? [` ${labels.locked}`] : [])),
      ...(asked.trackers.length ? [h("details", {}, h("summary", {}, labels.all),
        h("ul", {}, ...asked.trackers.map((each) => h("li", {}, h("code", {}, each.name), ` ${each.provider} · ${each.duration}`))))] : []));
  }

  async function settings() {
    if (!config || dialog?.open) return;
    await style();
    const { labels } = config.banner;
    dialog?.remove();
    dialog = paint(h("dialog", { class: "pc pc-dialog", "aria-labelledby": "pc-settings" },
      close(), h("h2", { id: "pc-settings" }, labels.settings), h("p", {}, config.banner.text), ...signal(),
      h("ul", {}, ...config.purposes.map(row)),
      buttons(["accept-all", "accept"], ["reject-all", "refuse"], ["save", "save"]),
      h("p", {}, h("a", { href: config.page, target: "_blank", rel: "noopener" }, labels.all))));
    // A part is not allowed without its whole.
    dialog.addEventListener("change", ({ target }) => {
      const box = (slug) => dialog.querySelector(`[name="${slug}"]`);
      for (let up = purpose(target.name)?.part_of; target.checked && box(up); up = purpose(up).part_of) box(up).checked = !box(up).disabled;
      for (const each of config.purposes) if (box(each.part_of) && !box(each.part_of).checked) box(each.purpose).checked = false;
    });
    document.body.append(dialog);
    dialog.showModal();
  }

  /** @type {Record<string, (button: HTMLElement) => void>} */
  const ACTIONS = {
    // A banner that asks about some allows those; to refuse is always about all.
    "accept-all": () => decide("accept-all", shown && !dialog?.open ? (asked) => open(asked) || undefined : () => true),
    "reject-all": () => decide("reject-all", () => false),
    save: () => dialog?.open && decide("save", ({ purpose: slug }) => dialog.querySelector(`[name="${slug}"]`).checked),
    show: ({ dataset }) => {
      const wanted = [];
      for (let up = dataset.pcPurpose; purpose(up); up = purpose(up).part_of) wanted.push(up);
      decide("show", ({ purpose: slug }) => wanted.includes(slug) || undefined);
    },
    choose: settings,
    open: settings,
    // To close is to say nothing: the next page asks again.
    close: () => (dialog?.open ? dialog.close() : (hide(), handle(true))),
  };
  document.addEventListener("click", ({ target }) => {
    const button = target.closest?.("[data-pc-action]");
    if (button && config) ACTIONS[button.dataset.pcAction]?.(button);
  });
  document.addEventListener("keydown", ({ key }) => {
    if (key === "Escape" && !dialog?.open && shown?.contains(document.activeElement)) ACTIONS.close();
  });

  // --- the beginning
  const channel = window.BroadcastChannel && new BroadcastChannel("privacy-center");
  if (channel) channel.onmessage = () => { read(); if (!config?.purposes.some(open)) hide(); apply(); };
  window.addEventListener("online", () => config && sendAll().then(apply));

  async function start() {
    read();
    try {
      if (preview) config = JSON.parse(document.getElementById(preview).textContent);
      else {
        const reply = await fetch(new URL(`api/v1/cookies/sites/${site}/`, tag.src), { credentials: "omit", headers: root.lang ? { "Accept-Language": root.lang } : {} });
        if (!reply.ok) throw new Error(`${reply.status} for the site “${site}”`);
        config = await reply.json();
      }
    } catch (error) {
      // Without our server nothing is known, so nothing is let go.
      console.warn("Privacy Center:", error.message);
      return;
    }
    new MutationObserver((changes) => {
      for (const { addedNodes } of changes) for (const node of addedNodes) if (node.nodeType === 1) all(node).forEach(settle);
    }).observe(root, { childList: true, subtree: true });
    if (unsent.length && !preview) await sendAll();
    apply();
    const refuses = gpc ? config.purposes.filter((asked) => asked.gpc && answer(asked)?.allowed !== false) : [];
    if (refuses.length) await decide("gpc", (asked) => (refuses.includes(asked) ? false : undefined));
    else if (preview || (!unsent.length && config.purposes.some(open))) await ask();
    else await handle();
  }

  window.privacyCenter = {
    ready: start(),
    allowed,
    /** Resolves as soon as the purpose is allowed. @param {string} slug */
    when(slug) {
      if (!waiting.has(slug)) {
        let go;
        waiting.set(slug, { promise: new Promise((done) => { go = done; }), go });
      }
      if (allowed(slug)) waiting.get(slug).go();
      return waiting.get(slug).promise;
    },
    open: settings,
  };
})();
