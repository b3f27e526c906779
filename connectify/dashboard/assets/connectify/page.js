/* What the pages cannot do without a script: copying, and staying where one reads while a part of the page is renewed.
   Without it everything still works. Loaded with `defer`; asks nothing of anybody. */

(() => {
  "use strict";

  const words = document.body.dataset;

  // --- copy buttons: <code data-copy> gets a button beside it ------------------------------------------------------

  const copied = async (code) => {
    const text = code.dataset.copy || code.textContent;
    if (navigator.clipboard && window.isSecureContext) {
      await navigator.clipboard.writeText(text);
      return true;
    }
    getSelection().selectAllChildren(code); // without a secure address the person copies what is marked
    return false;
  };

  const addButton = (code) => {
    if (code.nextElementSibling && code.nextElementSibling.matches(".copy")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button quiet-button copy";
    button.textContent = words.copy;
    button.setAttribute("aria-live", "polite");
    button.addEventListener("click", async () => {
      const done = await copied(code).catch(() => false);
      button.textContent = done ? words.copied : words.marked;
      setTimeout(() => { button.textContent = words.copy; }, 3000);
    });
    code.after(button);
  };

  // --- rows of places that do not fit a phone: the one where we are is in sight -------------------------------------

  const showPlace = () => {
    document.querySelectorAll("nav a[aria-current=page]").forEach((link) => {
      const row = link.closest("ul");
      row.scrollLeft += link.getBoundingClientRect().left - row.getBoundingClientRect().left - (row.clientWidth - link.offsetWidth) / 2;
    });
  };

  showPlace();
  addEventListener("resize", showPlace);

  const addButtons = (within) => within.querySelectorAll("code[data-copy]").forEach(addButton);

  // --- a renewed part: what was open stays open, what was focused stays focused, what is marked is not renewed ------

  const nameOf = (element) =>
    element.id || [element.tagName, element.getAttribute("href"), element.name, element.value, element.textContent.trim()].join("|");

  const same = (within, selector, name) => [...within.querySelectorAll(selector)].find((one) => nameOf(one) === name);

  const foldName = (fold) => fold.id || nameOf(fold.querySelector("summary") || fold) + "|" + nameOf(fold.closest("[id]") || fold);

  const isRead = (target) => {
    const selection = getSelection();
    return !selection.isCollapsed && target.contains(selection.anchorNode);
  };

  const isFilledIn = (target) => {
    const focused = document.activeElement;
    return target.contains(focused) && focused.matches("input:not([type=hidden]), select, textarea");
  };

  const shown = new Map(); // what each part was renewed with last, by its id
  let kept = null;

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, requestConfig, serverResponse } = event.detail;
    if (!event.detail.shouldSwap || !target) return;
    const isBySelf = Boolean(requestConfig) && !requestConfig.triggeringEvent; // a poll, nobody's click
    const isSame = target.id && shown.get(target.id) === serverResponse;
    if (isBySelf && (isSame || isRead(target) || isFilledIn(target))) {
      event.detail.shouldSwap = false;
      return;
    }
    if (isBySelf && target.id) shown.set(target.id, serverResponse);
    const focused = target.contains(document.activeElement) ? document.activeElement : null;
    kept = {
      id: target.id,
      open: [...target.querySelectorAll("details")].map((fold) => [foldName(fold), fold.open]),
      focus: focused && nameOf(focused),
    };
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    const part = (kept && kept.id && document.getElementById(kept.id)) || event.detail.target;
    if (!kept || !part) return;
    const folds = new Map(kept.open);
    part.querySelectorAll("details").forEach((fold) => {
      if (folds.has(foldName(fold))) fold.open = folds.get(foldName(fold));
    });
    if (kept.focus && document.activeElement === document.body) {
      const again = same(part, "a, button, input, select, textarea, summary, [tabindex]", kept.focus);
      if (again) again.focus({ preventScroll: true });
    }
    kept = null;
    addButtons(part);
  });

  addButtons(document);

  // On a phone the bars are wider than the screen: the place where one is stands in view.
  document.querySelectorAll("nav [aria-current]").forEach((here) => {
    const bar = here.closest("ul");
    if (bar && bar.scrollWidth > bar.clientWidth) bar.scrollLeft = here.offsetLeft - bar.offsetLeft - bar.clientWidth / 3;
  });
})();
