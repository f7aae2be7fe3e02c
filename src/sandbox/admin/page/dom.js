// Elements, requests to the sandbox, and messages: what every part of the page uses.
// Data is inserted as text, never as markup, because an id may contain any characters.
"use strict";

const API = "/_sandbox";
const REQUEST_TIMEOUT_MS = 10000;

const byId = (id) => document.getElementById(id);
const rendered = new Map();

/** An element with attributes and children; strings become text nodes, attributes that start with `on` listeners. */
function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

/** A button; `key` identifies it when its parent is rendered again, so that it keeps the keyboard focus. */
function button(key, label, text, onclick) {
  return element("button", { type: "button", "data-key": key, "aria-label": label, onclick }, text);
}

/** A text in small letters below another one. */
const note = (...children) => element("div", { class: "soft note" }, ...children);

/** The parts of a text, with those between backticks as code. */
function prose(text) {
  return text.split("`").map((part, index) => (index % 2 === 0 ? part : element("code", {}, part)));
}

/** Replaces the contents of `parent` with those from `make`, unless it shows `data` already. */
function render(parent, data, make) {
  const json = JSON.stringify(data);
  if (rendered.get(parent) === json) return;
  rendered.set(parent, json);
  const key = parent.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  parent.replaceChildren(...make());
  if (key === undefined) return;
  const again = [...parent.querySelectorAll("[data-key]")].find((found) => found.dataset.key === key);
  // Without the focused element, focus the next one in its section.
  const others = [...(parent.closest("section")?.querySelectorAll("button:not(:disabled), input, select, summary") ?? [])];
  (again ?? others.find((other) => other.checkVisibility()))?.focus();
}

/** Fills a select element with groups of options, and keeps the selected option. A group without a title is not nested. */
function showOptions(select, groups) {
  const selected = select.value;
  const option = ([value, text]) => element("option", { value }, text);
  render(select, groups, () => groups.flatMap(([label, options]) =>
    label === "" ? options.map(option) : [element("optgroup", { label }, ...options.map(option))]));
  if ([...select.options].some((known) => known.value === selected)) select.value = selected;
}

/** Sends a request and returns the body of the response. Throws an error with a message for people. */
async function send(method, path, body) {
  const options = { method, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS), cache: "no-store" };
  if (body !== undefined) options.body = JSON.stringify(body);
  const response = await fetch(API + path, options);
  const text = await response.text();
  if (response.ok) return text === "" ? null : JSON.parse(text);
  let reason = text;
  try {
    reason = JSON.parse(text).error ?? text;
  } catch {
    // Not JSON: show the text.
  }
  throw new Error(`${reason} (status ${response.status})`);
}

/** Shows the result of an action; `failure` is null if it succeeded. */
function showResult(doneMessage, failure) {
  byId("done").textContent = failure === null ? doneMessage : "";
  byId("failure").hidden = failure === null;
  byId("failure").firstElementChild.textContent = failure === null ? "" : `Failed: ${failure.message}`;
}

/** Sends a change, refreshes the page, and shows the result. */
async function applyChange(doneMessage, method, path, body) {
  let failure = null;
  try {
    await send(method, path, body);
  } catch (error) {
    failure = error;
  }
  // The message must not appear before the change is visible.
  await refresh();
  showResult(doneMessage, failure);
}

/** A button that copies a text to the clipboard. */
function copyButton(key, what, text) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      showResult(`Copied ${what}.`, null);
    } catch {
      showResult("", new Error("the browser does not allow this page to copy; open the JSON link of this section and copy the text there"));
    }
  };
  return button(key, `Copy ${what}`, "Copy", copy);
}
