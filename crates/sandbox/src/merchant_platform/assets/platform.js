// Copies, and says when the connection is lost. Every page works without it.
"use strict";

const words = document.body.dataset;

function say(element, text) {
  element.textContent = text;
  element.hidden = false;
}

// A button with data-copy copies the texts of the elements it names, one a line.
for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const sources = button.dataset.copy.split(" ").map((id) => document.getElementById(id));
    const text = sources.map((source) => source.value ?? source.textContent).join("\n");
    const said = document.getElementById(button.getAttribute("aria-describedby"));
    try {
      await navigator.clipboard.writeText(text);
      say(said, words.copied);
    } catch {
      sources[0].select?.();
      say(said, words.notCopied);
    }
  });
}

// A form is sent only when the platform answers, so that what was typed is never lost to the browser's own error page.
const message = document.getElementById("network-message");
let waiting = null;

async function answers() {
  try {
    return (await fetch(words.ping, { cache: "no-store" })).ok;
  } catch {
    return false;
  }
}

async function look() {
  if (await answers()) {
    clearInterval(waiting);
    waiting = null;
    message.classList.add("good");
    say(message, words.networkBack);
  }
}

for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", async (event) => {
    if (form.dataset.sure) {
      delete form.dataset.sure;
      return;
    }
    event.preventDefault();
    // Whoever presses twice means once.
    if (form.dataset.asking) {
      return;
    }
    form.dataset.asking = "yes";
    const button = event.submitter;
    if (await answers()) {
      form.dataset.sure = "yes";
      form.requestSubmit(button);
      return;
    }
    delete form.dataset.asking;
    message.classList.remove("good");
    say(message, words.network);
    message.scrollIntoView({ block: "nearest" });
    waiting ??= setInterval(look, 1000);
  });
}

// A page that comes back out of the browser's memory takes its forms again.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-asking]")) {
    delete form.dataset.asking;
  }
});
