// Copies, pastes, and says when the tool has ended. Every page works without it.
"use strict";

const words = document.body.dataset;

function say(element, text) {
  element.textContent = text;
  element.hidden = false;
}

function named(ids) {
  return ids.split(" ").map((id) => document.getElementById(id));
}

function saysWhatHappened(button) {
  return document.getElementById(button.getAttribute("aria-describedby"));
}

// A button with data-copy copies the text of the element it names.
for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = false;
  if (button.hasAttribute("autofocus")) button.focus();
  button.addEventListener("click", async () => {
    const [source] = named(button.dataset.copy);
    const said = saysWhatHappened(button);
    try {
      await navigator.clipboard.writeText(source.value ?? source.textContent);
      say(said, words.copied);
    } catch {
      if (source.select) source.select();
      else getSelection().selectAllChildren(source);
      say(said, words.notCopied);
    }
  });
}

// The Merchant Platform copies merchant id and name together, one a line: each goes into its field.
function distribute(text, fields) {
  const lines = text.split(/\r?\n|\t/).map((line) => line.trim()).filter((line) => line !== "");
  if (fields.length === 1) {
    fields[0].value = text;
    return true;
  }
  if (lines.length < fields.length) return false;
  fields.forEach((field, at) => { field.value = lines[at]; });
  return true;
}

// A button with data-paste pastes into the fields it names.
for (const button of document.querySelectorAll("button[data-paste]")) {
  const fields = named(button.dataset.paste);
  button.hidden = !navigator.clipboard?.readText;
  button.addEventListener("click", async () => {
    const said = saysWhatHappened(button);
    try {
      const text = await navigator.clipboard.readText();
      if (!distribute(text, fields)) throw new Error("too few lines");
      say(said, words.pasted);
    } catch {
      say(said, words.notPasted);
    }
    fields[0].focus();
  });
  // The same for who pastes by the keyboard.
  if (fields.length > 1) {
    fields[0].addEventListener("paste", (event) => {
      if (distribute(event.clipboardData.getData("text"), fields)) event.preventDefault();
    });
  }
}

// A form is sent only when the tool answers, so that what was typed is never lost to the browser's own error page.
const ended = document.getElementById("ended");

async function answers() {
  try {
    return (await fetch(words.ping, { cache: "no-store" })).ok;
  } catch {
    return false;
  }
}

for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", async (event) => {
    if (form.dataset.sure) {
      delete form.dataset.sure;
      return;
    }
    event.preventDefault();
    const button = event.submitter;
    if (await answers()) {
      form.dataset.sure = "yes";
      form.requestSubmit(button);
      return;
    }
    say(ended, words.ended);
    ended.scrollIntoView({ block: "nearest" });
  });
}
