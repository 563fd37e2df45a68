// Links within the app, the keyboard, and what a screen reader is told of the menu.
(() => {
  if (window.anchornet) return;
  window.anchornet = true;
  const PICKED = ["period", "window", "as_at", "members", "area", "view"];
  const here = () => document.getElementById("an-here")?.dataset.page ?? "";

  // Without loading everything again; what is picked on this page is picked on the next, and all of
  // it where the link leads to a part of the same page.
  function follow(link) {
    const to = new URL(link.href);
    const now = new URLSearchParams(location.search);
    const stays = to.pathname === location.pathname;
    for (const name of stays ? now.keys() : PICKED)
      if (now.has(name) && !to.searchParams.has(name)) to.searchParams.set(name, now.get(name));
    if (here() && !stays && !link.closest(".an-crumbs")) to.searchParams.set("from", here());
    if (document.activeElement?.closest(".st-key-search_box")) document.activeElement.blur();
    history.pushState({}, "", to);
    dispatchEvent(new PopStateEvent("popstate"));
  }

  document.addEventListener("click", event => {
    // On a phone the menu lies over the page: it closes once a page is chosen.
    if (innerWidth < 768 && event.target.closest?.("[data-testid=stSidebarNavLink]"))
      document.querySelector("[data-testid=stSidebarCollapseButton] button")?.click();
    const link = event.target.closest?.("a.an-link");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey)
      return;
    event.preventDefault();
    follow(link);
  });

  // `/` goes to the search, the arrows through what it finds, and Enter to the first of it.
  document.addEventListener("keydown", event => {
    const at = document.activeElement;
    const box = document.querySelector(".st-key-search_box");
    const input = box?.querySelector("input");
    if (!input || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/" && !at.closest("input, textarea, [contenteditable], [role=textbox]")) {
      event.preventDefault();
      input.focus();
      input.select();
    } else if (box.contains(at)) {
      const stops = [input, ...box.querySelectorAll("a.an-link")];
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key] ?? 0;
      if (step) {
        event.preventDefault();
        stops[stops.indexOf(at) + step]?.focus();
      } else if (event.key === "Enter" && at === input && stops[1]) {
        // Not what was found for fewer letters.
        const found = box.querySelector(".an-results").dataset.text;
        if (found === input.value.trim()) follow(stops[1]);
      }
      else if (event.key === "Escape") at.blur();
    }
  });

  let page = "";
  let acted = false;
  let arriving = false;
  let check = "";
  function settle() {
    // What is wrong with a file is seen and read out first, after each check of it.
    const problems = document.querySelector(".an-problems");
    if (problems && problems.dataset.check !== check) problems.focus();
    check = problems?.dataset.check ?? "";
    for (const link of document.querySelectorAll("[data-testid$=NavLink]")) {
      const current = new URL(link.href).pathname === `/${here()}`;
      if (current) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    // What moves inside its own edges can be moved with the arrow keys.
    for (const box of document.querySelectorAll(".an-scroll, .stMarkdown:has(table)")) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
    // Where a link was followed that is no longer there, whoever listens goes on at the new page.
    const title = document.querySelector("h1");
    const drawn = document.querySelector("[data-test-script-state=notRunning]");
    if (title && drawn) {
      if (here() !== page) arriving = acted;
      page = here();
      if (arriving && document.activeElement === document.body) {
        arriving = false;
        title.tabIndex = -1;
        title.focus({ preventScroll: true });
      }
    }
  }
  // Whoever goes on by themselves is left where they are.
  for (const kind of ["keydown", "pointerdown"])
    document.addEventListener(kind, () => {
      acted = true;
      arriving = false;
    });
  let waiting = 0;
  function settleSoon() {
    clearTimeout(waiting);
    waiting = setTimeout(settle, 150);
  }
  new MutationObserver(settleSoon).observe(document.body, {
    childList: true,
    subtree: true,
    attributeFilter: ["data-test-script-state"],
  });
  addEventListener("resize", settleSoon);
  settleSoon();
})();
