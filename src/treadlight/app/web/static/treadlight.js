// The little script of the pages. Without it everything still works: as links, plain fields and buttons.
"use strict";

const words = document.body.dataset;  // what the script says, in the page's language

const each = (selector, act, within = document) => within.querySelectorAll(selector).forEach(act);

// The filter sentence: one list open at a time, Escape closes it.
each(".phrase", (phrase) => {
  phrase.addEventListener("toggle", () => {
    if (phrase.open) each(".phrase[open]", (other) => { if (other !== phrase) other.open = false; });
  });
});
document.addEventListener("click", (event) => {
  each(".phrase[open]", (phrase) => { if (!phrase.contains(event.target)) phrase.open = false; });
});
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, select, textarea");
  if (event.key === "Escape") {
    each(".phrase[open]", (phrase) => { phrase.open = false; phrase.querySelector("summary").focus(); });
  }
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const field = document.querySelector("input[type=search]");
    const link = document.querySelector("a[data-key='/']");
    if (field) { event.preventDefault(); field.focus(); } else if (link) { event.preventDefault(); location.href = link.href; }
  }
});
const toSearch = () => { if (location.hash === "#search") document.querySelector("input[type=search]")?.focus(); };
addEventListener("load", toSearch);
addEventListener("hashchange", toSearch);

// Commands can be copied.
each(".cmd-box", (box) => {
  if (!navigator.clipboard) return;
  const button = document.createElement("button");
  button.type = "button"; button.className = "copy"; button.textContent = words.copy;
  button.setAttribute("aria-label", words.copyCommand);
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(box.querySelector(".cmd").textContent);
    button.textContent = words.copied;
    setTimeout(() => { button.textContent = words.copy; }, 2000);
  });
  box.append(button);
});

// The answer to a form that shows a secret is where a page begins that is only looked at: to load it again asks for the
// page, without the secret, and sends nothing a second time. The secret is in no address and in no history.
if (document.querySelector(".secret")) history.replaceState(null, "", location.pathname);

// The row of tabs begins where the current one is seen.
each(".tabs [aria-current]", (tab) => { tab.parentElement.scrollLeft = tab.offsetLeft - tab.parentElement.offsetLeft - 20; });

// On a phone the table of a chart is folded.
if (matchMedia("(max-width: 639px)").matches) each(".months-table", (table) => { table.open = false; });

// Tree of why: arrows move, right opens, left closes.
each("ul.why", (tree) => {
  tree.addEventListener("keydown", (event) => {
    const rows = [...tree.querySelectorAll("summary.row")].filter((row) => row.checkVisibility());
    const at = rows.indexOf(document.activeElement);
    if (at < 0) return;
    const details = rows[at].parentElement;
    const go = { ArrowDown: rows[at + 1], ArrowUp: rows[at - 1] }[event.key];
    if (go) { event.preventDefault(); go.focus(); }
    if (event.key === "ArrowRight") { event.preventDefault(); details.open = true; }
    if (event.key === "ArrowLeft") { event.preventDefault(); details.open = false; }
  });
});

// What if: the answer is redrawn at once, by the same server that draws the page.
each("form[data-from]", (form) => {
  let going = null;
  const ask = async () => {
    going?.abort();
    going = new AbortController();
    const query = new URLSearchParams(new FormData(form));
    // What was not moved is not asked for: the address then says only what is tried.
    each("[data-was]", (field) => { if (Number(field.value) === Number(field.dataset.was)) query.delete(field.name); }, form);
    try {
      const answer = await fetch(form.dataset.from + "?" + query, { signal: going.signal });
      if (!answer.ok) return;
      const drawn = new DOMParser().parseFromString(await answer.text(), "text/html");
      each("[data-part]", (part) => {
        const fresh = drawn.querySelector(`[data-part="${part.dataset.part}"]`);
        if (fresh && fresh.innerHTML !== part.innerHTML) part.innerHTML = fresh.innerHTML;
      });
      history.replaceState(null, "", "?" + query + "#what-if");
    } catch (error) { if (error.name !== "AbortError") throw error; }
  };
  form.addEventListener("input", () => ask());
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.target.dataset.was === undefined) return;
    event.target.value = event.target.dataset.was;
    ask();
  });
  each("button[type=submit]", (button) => { button.hidden = true; }, form);
});

// What is going on is asked for again every few seconds while the page is seen, and its parts are put in place. Nothing
// slides. What holds the focus or was unfolded stays as it is; a button stops it all.
let paused = false;
const follow = (note) => {
  if (note.querySelector("button")) return;
  const button = document.createElement("button");
  button.type = "button"; button.className = "explore"; button.textContent = paused ? words.goOn : words.pause;
  button.addEventListener("click", () => { paused = !paused; button.textContent = paused ? words.goOn : words.pause; });
  note.append(" ", button);
};
const put = (fresh, swap) => each(swap, (part) => {
  const wanted = part.id && fresh.getElementById(part.id);
  const busy = part.contains(document.activeElement) || part.querySelector("details.more[open]");
  if (wanted && !busy && wanted.innerHTML !== part.innerHTML) { part.replaceWith(document.importNode(wanted, true)); return; }
});
each("[data-again]", (note) => {
  const { again, swap } = note.dataset;
  follow(note);
  let asking = false;
  setInterval(async () => {
    if (document.hidden || paused || asking) return;
    asking = true;
    const answer = await fetch(again).catch(() => null);
    asking = false;
    if (!answer?.ok || paused) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!fresh.querySelector("[data-again]")) { location.reload(); return; }
    put(fresh, swap);
    each("[data-again]", follow);
  }, 5000);
});

// A chart can be explored: the runtime is loaded only when that is asked for. The same button leads back to the drawing.
const runtime = document.querySelector("meta[name=chart-runtime]")?.content;
const explored = async (figure) => {
  if (!window.vegaEmbed) await new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = runtime; script.type = "module"; script.onload = done; script.onerror = failed;
    document.head.append(script);
  });
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const where = new URL(figure.dataset.spec, location.href);
  if (dark) where.searchParams.set("theme", "dark");
  const spec = await (await fetch(where)).json();
  const place = document.createElement("div");
  place.className = "explored";
  spec.width = figure.clientWidth;
  await window.vegaEmbed(place, spec, { ast: true, actions: false, defaultStyle: false, renderer: "canvas", tooltip: { disableDefaultStyle: true } });
  figure.prepend(place);
};
each(".figure[data-spec]", (figure) => {
  if (!runtime) return;
  const button = document.createElement("button");
  button.type = "button"; button.className = "explore"; button.textContent = words.explore;
  figure.querySelector("figcaption").append(button);
  button.addEventListener("click", async () => {
    const place = figure.querySelector(".explored");
    if (place) place.remove();
    else { button.disabled = true; button.textContent = words.loading; await explored(figure); }
    each(".wide, .narrow", (drawn) => { drawn.hidden = !place; drawn.style.display = place ? "" : "none"; }, figure);
    button.disabled = false; button.textContent = place ? words.explore : words.drawing;
    button.focus();
  });
});
