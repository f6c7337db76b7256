// The account menu opens without this; it closes by Escape, or when attention moves elsewhere.

const menu = document.querySelector(".account details");
if (menu instanceof HTMLDetailsElement) {
  const leave = (event) => {
    if (menu.open && event.target instanceof Node && !menu.contains(event.target)) menu.open = false;
  };
  document.addEventListener("click", leave);
  document.addEventListener("focusin", leave);
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.open) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
}

// On a phone the row of places scrolls: show the one we are in.
const places = document.querySelector(".places");
const here = places?.querySelector("[aria-current]");
if (here && places.scrollWidth > places.clientWidth) {
  here.scrollIntoView({ block: "nearest", inline: "center", behavior: "instant" });
}
