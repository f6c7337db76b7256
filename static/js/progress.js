// Keeps a page of running work current: fetches the same address and replaces the parts that changed.
//
// <div data-progress data-every="4"> … <p role="status" data-part="sentence"> … <div data-part="steps"> … </div>
// The answer of a finished page carries no data-every: then this stops.

const SLOWEST = 60;

/** @param {Element} part @param {Document} fresh */
function renew(part, fresh) {
  const next = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
  if (!next) {
    part.replaceChildren();
  } else if (part.innerHTML !== next.innerHTML && !part.contains(document.activeElement)) {
    part.replaceChildren(...next.childNodes);
  }
}

/** @param {HTMLElement} region */
function follow(region) {
  let wait = Number(region.dataset.every);
  let timer = 0;
  const plan = () => {
    timer = document.hidden || !wait ? 0 : setTimeout(look, wait * 1000);
  };
  const look = async () => {
    try {
      const answer = await fetch(location.href, { headers: { "X-Requested-With": "progress" } });
      // A sign-in page in place of ours means that the session has ended; the page stays as it is.
      if (answer.redirected || !answer.ok) throw new Error(String(answer.status));
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of document.querySelectorAll("[data-part]")) renew(part, fresh);
      wait = Number(fresh.querySelector("[data-progress]")?.dataset.every ?? 0);
    } catch {
      // The network may be away for a while: ask again, less and less often.
      wait = Math.min(wait * 2, SLOWEST);
    }
    plan();
  };
  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (!document.hidden && wait) look();
  });
  plan();
}

const region = document.querySelector("[data-progress][data-every]");
if (region instanceof HTMLElement) follow(region);
