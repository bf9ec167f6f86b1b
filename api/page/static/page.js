// Keeps the page fresh while somebody looks at it. Without this script it is as good, and refreshed by hand.
"use strict";
{
  const EVERY_MS = 30_000;
  const TIMEOUT_MS = 20_000;
  const trouble = document.getElementById("trouble");
  let timer = 0;
  let freshAt = Date.now();
  let isBusy = false;

  const main = () => document.getElementById("main");

  // What has the focus, in a way that finds it in the new content.
  const place = (element) => {
    if (!main().contains(element)) return null;
    if (element.id) return `#${CSS.escape(element.id)}`;
    const section = element.closest("[id]");
    const href = element.getAttribute("href");
    return href && section ? `#${CSS.escape(section.id)} [href="${CSS.escape(href)}"]` : null;
  };

  const isSelecting = () => {
    const selection = document.getSelection();
    return selection !== null && !selection.isCollapsed && main().contains(selection.anchorNode);
  };

  const swap = (text) => {
    const next = new DOMParser().parseFromString(text, "text/html");
    const content = next.getElementById("main");
    if (content === null) throw new Error("the answer is no page of logtally");
    const focused = place(document.activeElement);
    const opened = [...main().querySelectorAll("details[open]")].map((details) => details.id);
    const [x, y] = [window.scrollX, window.scrollY];
    main().replaceChildren(...content.childNodes);
    for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
    if (focused !== null) main().querySelector(focused)?.focus({ preventScroll: true });
    window.scrollTo(x, y);
    document.title = next.title;
  };

  const loggedOut = () => {
    const link = document.createElement("a");
    link.href = `/login?next=${encodeURIComponent(location.pathname + location.search)}`;
    link.textContent = "Log in again";
    trouble.replaceChildren("Not refreshed any more: the session is over. ", link);
  };

  const refresh = async () => {
    if (isBusy || document.hidden) return;
    isBusy = true;
    window.clearTimeout(timer);
    try {
      const answer = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (answer.redirected && new URL(answer.url).pathname === "/login") {
        loggedOut();
        return;
      }
      if (!answer.ok) throw new Error(`it answers ${answer.status}`);
      const text = await answer.text();
      if (!isSelecting()) {
        swap(text);
        freshAt = Date.now();
      }
      trouble.replaceChildren();
    } catch (error) {
      const since = new Date(freshAt).toISOString().slice(11, 19);
      trouble.textContent = `Could not refresh since ${since} UTC: ${error.message}. It is tried again.`;
    } finally {
      isBusy = false;
    }
    timer = window.setTimeout(refresh, EVERY_MS);
  };

  document.addEventListener("visibilitychange", () => {
    window.clearTimeout(timer);
    if (!document.hidden) timer = window.setTimeout(refresh, Math.max(0, freshAt + EVERY_MS - Date.now()));
  });
  document.addEventListener("click", (event) => {
    const isPlain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    if (isPlain && event.target instanceof Element && event.target.closest("#refresh")) {
      event.preventDefault();
      refresh();
    }
  });
  timer = window.setTimeout(refresh, EVERY_MS);
}
