// The search of the handbook. It needs no server: what it knows stands in search.js.
"use strict";

(() => {
  const known = globalThis.HANDBOOK;
  const form = document.querySelector("form.search");
  if (!Array.isArray(known) || !form) return;
  const input = form.querySelector("input");
  const list = form.querySelector("ol");
  const root = document.body.dataset.root;
  const MOST = 12;

  const plain = (text) => text.toLowerCase().normalize("NFKD");
  const entries = known.map((policy) => ({
    policy,
    fields: [
      [plain(policy.title + " " + policy.id), 8],
      [plain(policy.about), 3],
      [plain(policy.text), 1],
    ],
  }));

  // How well a policy fits: every word must be found; at the beginning of a word counts double.
  const score = (entry, words) => {
    let total = 0;
    for (const word of words) {
      let best = 0;
      for (const [text, weight] of entry.fields) {
        const at = text.indexOf(word);
        if (at < 0) continue;
        const begins = at === 0 || /[^\p{L}\p{N}]/u.test(text[at - 1]);
        best = Math.max(best, begins ? weight * 2 : weight);
      }
      if (best === 0) return 0;
      total += best;
    }
    return total;
  };

  const item = (policy) => {
    const link = document.createElement("a");
    link.href = root + policy.page;
    link.textContent = policy.title;
    const id = document.createElement("code");
    id.textContent = policy.id;
    link.append(" ", id);
    const line = document.createElement("li");
    line.append(link);
    return line;
  };

  const search = () => {
    const words = plain(input.value).split(/\s+/).filter(Boolean);
    if (words.length === 0) {
      list.replaceChildren();
      list.hidden = true;
      return;
    }
    const found = entries
      .map((entry) => [score(entry, words), entry.policy])
      .filter(([points]) => points > 0)
      .sort((a, b) => b[0] - a[0] || (a[1].id < b[1].id ? -1 : 1));
    const lines = found.slice(0, MOST).map(([, policy]) => item(policy));
    if (found.length === 0 || found.length > MOST) {
      const rest = document.createElement("li");
      rest.className = "rest";
      rest.textContent =
        found.length === 0 ? "Nothing found" : `and ${found.length - MOST} more`;
      lines.push(rest);
    }
    list.replaceChildren(...lines);
    list.hidden = false;
  };

  const links = () => [...list.querySelectorAll("a")];
  const move = (step) => {
    const all = links();
    const next = all.indexOf(document.activeElement) + step;
    (next < 0 ? input : all[Math.min(next, all.length - 1)])?.focus();
  };

  form.hidden = false;
  input.addEventListener("input", search);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    links()[0]?.click();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") move(1);
    else if (event.key === "ArrowUp") move(-1);
    else if (event.key === "Escape") {
      input.value = "";
      search();
      input.focus();
    } else return;
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    const writes = event.target.closest?.("input, textarea, [contenteditable]");
    if (event.key === "/" && !writes) {
      event.preventDefault();
      input.focus();
    }
  });
  document.addEventListener("click", (event) => {
    if (!form.contains(event.target)) list.hidden = true;
  });
  // `index.html#q=words` leads to what is found.
  const asked = new URLSearchParams(location.hash.slice(1)).get("q");
  if (asked) {
    input.value = asked;
    search();
  }
})();
