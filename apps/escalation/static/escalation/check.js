// Looks over each expression of a wording while it is being typed, and shows the mistake with its place marked.
// Without this script, saving the page shows the same message beside the same field.
"use strict";

(() => {
  const form = document.querySelector("form[data-check-at]");
  if (!form) return;
  const WAIT = 400; // milliseconds without a key
  const token = form.querySelector("input[name=csrfmiddlewaretoken]").value;

  const parameters = () => {
    const found = {};
    for (const name of form.querySelectorAll("[data-parameter=name]")) {
      if (!name.value.trim()) continue;
      const part = (end) => form.elements[name.name.replace(/name$/, end)];
      found[name.value.trim()] = {
        value: part("value").value.trim(), unit: part("unit").value.trim(), citation: part("citation").value.trim(),
        mark: part("mark").value,
      };
    }
    return found;
  };

  const element = (tag, text, style) => {
    const made = document.createElement(tag);
    made.textContent = text;
    if (style) made.className = style;
    return made;
  };

  const place = (area) => {
    let note = document.getElementById(area.id + "-check");
    if (!note) {
      note = element("div", "", "mt-2 text-sm");
      note.id = area.id + "-check";
      note.setAttribute("role", "status");
      const described = [area.getAttribute("aria-describedby"), note.id]; // what it says of itself is still read out
      area.setAttribute("aria-describedby", described.filter(Boolean).join(" "));
      area.insertAdjacentElement("afterend", note);
    }
    return note;
  };

  // The text as it stands, with what is wrong in it marked.
  const marked = (text, position) => {
    const letters = Array.from(text);
    const shown = element("pre", "", "font-mono mt-1 whitespace-pre-wrap");
    const wrong = letters[position] && letters[position].trim() ? letters[position] : "\u00a0";
    const mark = element("mark", wrong, "bg-red-200 text-red-900 underline");
    shown.append(letters.slice(0, position).join(""), mark, letters.slice(position + 1).join(""));
    return shown;
  };

  const show = (area, text, found) => {
    const note = place(area);
    note.replaceChildren();
    if (!text.trim()) {
      area.removeAttribute("aria-invalid");
      return;
    }
    if (found.ok) {
      note.append(element("span", "It can be read.", "text-green-700 dark:text-green-500"));
    } else {
      note.append(element("span", found.error, "text-red-700 dark:text-red-500"));
      if (found.position !== null) note.append(marked(text, found.position));
    }
    area.setAttribute("aria-invalid", String(!found.ok));
  };

  const latest = new WeakMap();

  const check = async (area) => {
    const text = area.value;
    const turn = (latest.get(area) || 0) + 1;
    latest.set(area, turn);
    const key = form.elements["key"];
    const body = { field: area.dataset.check, text, parameters: parameters(), key: key ? key.value : "" };
    let found;
    try {
      const answer = await fetch(form.dataset.checkAt, {
        method: "POST", credentials: "same-origin", body: JSON.stringify(body),
        headers: { "Content-Type": "application/json", "X-CSRFToken": token },
      });
      if (!answer.ok) return; // saving says what is wrong
      found = await answer.json();
    } catch {
      return;
    }
    // Whatever was typed meanwhile is looked over by itself.
    if (latest.get(area) === turn) show(area, text, found);
  };

  const timers = new WeakMap();
  const soon = (area) => {
    clearTimeout(timers.get(area));
    timers.set(area, setTimeout(() => check(area), WAIT));
  };

  const areas = () => form.querySelectorAll("textarea[data-check]");
  form.addEventListener("input", (event) => {
    if (event.target.matches("textarea[data-check]")) {
      soon(event.target);
    } else if (event.target.name === "key" || /^parameters-/.test(event.target.name)) {
      for (const area of areas()) if (area.value.trim()) soon(area);
    }
  });
})();
