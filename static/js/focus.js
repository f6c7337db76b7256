// Moves focus to what the last action answered: the errors of a form, or its confirmation.

const answer = document.querySelector(".error-summary, [data-focus], .messages ul");
if (answer instanceof HTMLElement && !answer.contains(document.activeElement)) {
  answer.tabIndex = -1;
  answer.focus();
}

// A link of the error summary goes to the control itself, also where the target is a group of them.
document.querySelector(".error-summary")?.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a[href^='#']") : null;
  const target = link && document.getElementById(link.getAttribute("href").slice(1));
  const control = target?.matches("input, select, textarea") ? target : target?.querySelector("input, select, textarea");
  if (control) {
    event.preventDefault();
    control.focus();
  }
});
