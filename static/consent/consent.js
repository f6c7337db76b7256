// Privacy Center on any page: <script src="https://…/consent.js" data-site="…" defer></script>
// Holds back what is not allowed, lets go what is, and has every decision recorded. What people see is consent-ui.js.

(() => {
  const tag = document.currentScript;
  const { site, person, preview } = tag.dataset;
  // What runs on the page besides has no use for it.
  delete tag.dataset.person;
  const address = (path) => new URL(path, tag.src);
  const gpc = navigator.globalPrivacyControl === true;
  const today = () => Math.floor(Date.now() / 864e5);
  const { lang } = document.documentElement, words = lang ? { "Accept-Language": lang } : {};
  // As long as browsers keep a cookie: 400 days.
  const LIFETIME = 34560000;
  // Of decisions that wait for our server.
  const LARGEST_QUEUE = 20;

  // --- Google's tags are told no before they run, whatever is decided later
  const layer = (window.dataLayer ||= []);
  function gtag() { layer.push(arguments); }
  const TYPES = ["ad_storage", "ad_user_data", "ad_personalization", "analytics_storage", "functionality_storage", "personalization_storage"];
  const google = (granted) => Object.fromEntries(TYPES.map((type) => [type, granted.includes(type) ? "granted" : "denied"]));
  gtag("consent", "default", { ...google([]), security_storage: "granted", wait_for_update: 500 });

  // --- what this browser keeps: one cookie with the id of the device and, by purpose, yes or no and until which day
  /** @typedef {{ allowed: boolean, until: number }} Answer */
  let device = "", isNew = true;
  /** @type {Map<string, Answer>} */
  let answers = new Map();

  function read() {
    const found = document.cookie.match(/(?:^|; )pc_choices=1\.([\w-]{22}:[\w-]{43})?\.((?:[\w-]{4}[GR][\da-z]{3})*)(?:;|$)/);
    isNew = !found;
    device = found?.[1] ?? "";
    answers = new Map((found?.[2].match(/.{8}/g) ?? []).map((each) => [each.slice(0, 4), { allowed: each[4] === "G", until: parseInt(each.slice(5), 36) }]));
  }

  function write() {
    // What the site asks about no longer is forgotten.
    const known = config.purposes.filter(({ key }) => answers.has(key)).map(({ key }) => {
      const { allowed, until } = answers.get(key);
      return key + (allowed ? "G" : "R") + until.toString(36).padStart(3, "0");
    });
    document.cookie = `pc_choices=1.${device}.${known.join("")}; Path=/; SameSite=Lax; Max-Age=${LIFETIME}${location.protocol === "https:" ? "; Secure" : ""}`;
  }

  /** @param {Map<string, Answer>} kept @param {object[]} results */
  const keep = (kept, results) => results.reduce((all, { key, ...settled }) => all.set(key, settled), kept);

  // Decisions that could not be sent yet. Where storage is switched off they last as long as the page.
  /** @type {object[]} */
  let unsent = [];
  try {
    unsent = [].concat(JSON.parse(localStorage.getItem("pc_unsent"))).filter((each) => each?.decisions?.length);
  } catch { /* or somebody else's */ }

  function keepUnsent() {
    try {
      if (unsent.length) localStorage.setItem("pc_unsent", JSON.stringify(unsent.slice(-LARGEST_QUEUE)));
      else localStorage.removeItem("pc_unsent");
    } catch { /* storage is switched off */ }
  }

  // --- who is signed in on the site: its server knows, and names them on the tag
  /**
   * What holds for them, wherever they said it: nothing until we heard. Where nobody is known there is none.
   * @type {Map<string, Answer> | "" | undefined}
   */
  let theirs = person && new Map();
  // What to tell them.
  let notice = "";

  /** Whatever goes wrong, the page is one of nobody known. */
  async function meet() {
    if (!person) return;
    const told = await post("person", { site, person, device, gpc, new: isNew }).catch(({ message }) => ({ detail: message }));
    theirs = told.results && keep(new Map(), told.results);
    notice = told.notice;
    if (!theirs) console.warn("Privacy Center:", told.detail);
  }

  function greet() {
    if (theirs && (device || notice)) {
      // Whoever decides here next, signed out, is nobody known again. The browser keeps what was said in it.
      read();
      device = "";
      write();
    }
    if (notice) ui.tell(notice);
  }

  // --- what is allowed
  let config, ui;
  const purpose = (slug) => config?.purposes.find((each) => each.purpose === slug);
  const answer = ({ key }) => {
    const said = (theirs || answers).get(key);
    return said?.until > today() ? said : undefined;
  };
  // Who is signed in may allow it all the same; until they do, they are opted out by the record.
  const locked = (asked) => gpc && asked.gpc && !theirs;
  // A no counts at once, a yes once it is recorded.
  const refusing = (slug) => unsent.some(({ decisions }) => decisions.some((each) => each.purpose === slug && each.decision === "refused"));

  /** @param {string} slug */
  function allowed(slug) {
    const asked = purpose(slug);
    return Boolean(asked && answer(asked)?.allowed && !locked(asked) && !refusing(slug) && (!purpose(asked.part_of) || allowed(asked.part_of)));
  }
  const undecided = () => config.purposes.filter((asked) => !answer(asked) && !locked(asked)
    && !(purpose(asked.part_of) && answer(purpose(asked.part_of))?.allowed === false));
  const asks = () => !unsent.length && undecided().length > 0;

  // --- holding back and letting go
  function run(held) {
    const script = document.createElement("script");
    for (const { name, value } of held.attributes) if (name !== "type" && name !== "data-src") script.setAttribute(name, value);
    if (held.dataset.type) script.type = held.dataset.type;
    if (held.dataset.src) script.src = held.dataset.src;
    script.nonce = held.nonce;
    // In the order of the page.
    script.async = false;
    script.text = held.text;
    held.replaceWith(script);
  }

  function settle(element) {
    const { purpose: slug, src } = element.dataset;
    if (element.matches("script")) {
      if (element.type === "text/plain" && allowed(slug)) run(element);
    } else if (src && allowed(slug)) {
      if (!element.hasAttribute("src")) element.src = src;
      ui.sign(element);
    } else if (src) {
      if (element.hasAttribute("src")) {
        // A frame that is only told to forget its address goes on running: another one takes its place.
        const fresh = element.cloneNode();
        fresh.removeAttribute("src");
        element.replaceWith(fresh);
        element = fresh;
      }
      if (purpose(slug)) ui.sign(element, purpose(slug));
    }
  }
  const held = (within) => [...(within.matches("[data-purpose]") ? [within] : []), ...within.querySelectorAll("[data-purpose]")];

  /** Removes a cookie for every path and domain that the page could have set it for. */
  function forget(name) {
    const parts = location.hostname.split("."), folders = location.pathname.split("/");
    const domains = ["", ...parts.map((_, n) => `; Domain=${parts.slice(n).join(".")}`)];
    const paths = folders.map((_, n) => folders.slice(0, n + 1).join("/")).flatMap((path) => [path || "/", `${path}/`]);
    for (const domain of domains) for (const path of paths) document.cookie = `${name}=; Max-Age=0; Path=${path}${domain}`;
  }

  function clear() {
    const yes = [], no = [];
    for (const asked of config.purposes) (allowed(asked.purpose) ? yes : no).push(...asked.trackers);
    const fits = (list, storage, name) => list.some((each) => each.storage === storage
      && (each.name.endsWith("*") ? name.startsWith(each.name.slice(0, -1)) : name === each.name));
    const gone = (storage) => (name) => fits(no, storage, name) && !fits(yes, storage, name);
    document.cookie.split("; ").map((each) => each.split("=")[0]).filter(gone("cookie")).forEach(forget);
    for (const storage of ["local", "session"]) {
      try {
        const kept = window[`${storage}Storage`];
        Object.keys(kept).filter(gone(`${storage}-storage`)).forEach((name) => kept.removeItem(name));
      } catch { /* storage is switched off */ }
    }
  }

  const waiting = new Map();
  let told = "";

  /** Makes the page what the answers say, and tells who wants to know. */
  function apply() {
    held(document.documentElement).forEach(settle);
    clear();
    const now = { allowed: [], refused: [] };
    for (const { purpose: slug } of config.purposes) now[allowed(slug) ? "allowed" : "refused"].push(slug);
    for (const slug of now.allowed) waiting.get(slug)?.resolve();
    if (told === (told = JSON.stringify(now))) return;
    gtag("consent", "update", google(now.allowed.flatMap((slug) => purpose(slug).google)));
    layer.push({ event: "privacy_center_choice", ...now });
    document.dispatchEvent(new CustomEvent("privacycenter:choice", { detail: now }));
  }

  // --- the record
  const post = async (path, body) => (await fetch(address(`api/v1/cookies/${path}/`), {
    method: "POST", credentials: "omit", keepalive: true, headers: { ...words, "Content-Type": "application/json" }, body: JSON.stringify(body),
  })).json();
  // What has no type was not said by our server.
  const later = ({ type, status }) => !type || status >= 500 || status === 429;

  // Why the last decision was not recorded, and never will be.
  let refusal = "";

  /** True once it is recorded, or will never be; false: later. */
  async function send(said, again) {
    let told;
    try {
      if (!said.device && !said.person) {
        const made = await post("devices", { site });
        if (!made.device) return !later(made);
        said.device = made.device;
        // Under the same id also if the answer is lost: then it is recorded once.
        keepUnsent();
      }
      told = await post("decisions", said);
      if (told.results) {
        read();
        if (said.device) device = said.device;
        keep(answers, told.results);
        // Of whom another page knew, the next one tells.
        if (theirs && said.person === person) keep(theirs, told.results);
        write();
        return true;
      }
    } catch { return false; }
    if (later(told)) return false;
    if (/unknown-person$/.test(told.type)) {
      // The time of their token is over: it was said in this browser, that much is sure.
      if (said.person === person) theirs = undefined;
      delete said.person;
      said.device = device;
      return send(said);
    }
    // Perhaps the device turned out to be somebody, or its clock is wrong: once more as a new one, and as of now.
    if (again) {
      refusal = told.detail;
      return true;
    }
    delete said.said_at;
    if (!said.person) said.device = "";
    return send(said, true);
  }

  let turn = Promise.resolve();
  /** One after the other, so that nothing is overwritten by what was true before it. */
  const inTurn = (act) => (turn = turn.then(act));
  /** Gives what went wrong, in words. Nothing: all of it is recorded. */
  const sendAll = () => inTurn(async () => {
    refusal = "";
    while (unsent.length && await send(unsent[0])) {
      unsent.shift();
      keepUnsent();
    }
    apply();
    channel.postMessage("");
    return unsent.length ? config.banner.labels.unsent : refusal;
  });

  /**
   * @param {string} control What was pressed.
   * @param {(asked: object) => boolean | undefined} choose undefined: nothing is said about it
   */
  async function decide(control, choose) {
    const decisions = config.purposes.filter((asked) => choose(asked) !== undefined).map((asked) => ({
      purpose: asked.purpose, version: asked.version, text_sha256: asked.text_sha256, decision: choose(asked) && !locked(asked) ? "granted" : "refused",
    }));
    unsent.push({
      site, ...(theirs ? { person } : { device }), control, gpc, decisions,
      client_id: crypto.getRandomValues(new Uint32Array(4)).join("-"), language: config.banner.language,
      banner: control === "gpc" ? null : config.banner.sha256, said_at: new Date().toISOString(),
    });
    keepUnsent();
    apply();
    return sendAll();
  }

  // --- the beginning
  const channel = new BroadcastChannel("privacy-center");
  channel.onmessage = () => inTurn(async () => {
    read();
    if (!ui) return;
    await meet();
    greet();
    ui.follow();
    apply();
  });
  window.addEventListener("online", () => ui && sendAll());

  async function configuration() {
    if (preview) return JSON.parse(document.getElementById(preview).textContent);
    const reply = await fetch(address(`api/v1/cookies/sites/${site}/`), { credentials: "omit", headers: words });
    if (!reply.ok) throw new Error(`${reply.status} for site ${site}`);
    return reply.json();
  }

  // Nothing is shown before it has its style, so that nothing moves.
  const style = () => new Promise((done) => document.head.append(
    Object.assign(document.createElement("link"), { rel: "stylesheet", href: address("consent.css"), onload: done, onerror: done }),
  ));

  async function start() {
    if (!preview) read();
    try {
      // What waits to be sent goes before we ask: it may be theirs, and change what holds.
      const [found, { surface }] = await Promise.all([configuration(), import(address("consent-ui.js")), style(), unsent.length || meet()]);
      config = found;
      ui = surface({ config, gpc, preview, purpose, allowed, undecided, asks, locked, decide });
    } catch (error) {
      // Without our server nothing is known, so nothing is let go.
      console.warn("Privacy Center:", error.message);
      return;
    }
    new MutationObserver((changes) => {
      for (const { addedNodes } of changes) for (const node of addedNodes) if (node.nodeType === 1) held(node).forEach(settle);
    }).observe(document, { childList: true, subtree: true });
    // Browsers that forget after a week what a script keeps count it from the last visit.
    if (!isNew) read(), write();
    apply();
    if (unsent.length) await sendAll().then(meet).then(apply);
    greet();
    const refuses = config.purposes.filter((asked) => locked(asked) && answer(asked)?.allowed !== false);
    if (refuses.length && !preview) await decide("gpc", (asked) => (refuses.includes(asked) ? false : undefined));
    if (asks() || preview) ui.ask();
    else ui.handle();
  }

  window.privacyCenter = {
    ready: start(),
    allowed,
    /** Resolves as soon as the purpose is allowed. @param {string} slug */
    when(slug) {
      if (!waiting.has(slug)) waiting.set(slug, Promise.withResolvers());
      if (allowed(slug)) waiting.get(slug).resolve();
      return waiting.get(slug).promise;
    },
    open: () => ui?.settings(),
  };
})();
