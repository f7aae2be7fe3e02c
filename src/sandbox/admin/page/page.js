// Reads the state of the sandbox once a second and updates the parts of the page that have changed.
// Data is inserted as text, never as markup, because an id may contain any characters.
"use strict";

const API = "/_sandbox";
const REFRESH_INTERVAL_MS = 1000;
const REQUEST_TIMEOUT_MS = 10000;

const byId = (id) => document.getElementById(id);
const rendered = new Map();
let view = null;
let lastRefresh = Promise.resolve();

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
  (again ?? parent.closest("section")?.querySelector("button:not(:disabled), input, select"))?.focus();
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
  byId("done").textContent = failure === null ? doneMessage : "";
  byId("failure").hidden = failure === null;
  byId("failure").firstElementChild.textContent = failure === null ? "" : `Failed: ${failure.message}`;
}

const grantPath = (resource, grantee) =>
  `/grants/${encodeURIComponent(resource)}/${encodeURIComponent(grantee)}`;

const resourceKind = (kind) => (kind === "GROUP" ? "secret group" : "secret");

/** The expiry of a grant. It expires at the end of its last day in UTC, by the clock of the sandbox. */
function expiryElement(grant, now) {
  if (grant.validity_date === null) return element("span", {}, "never expires");
  const isExpired = grant.validity_date < now.slice(0, 10);
  return isExpired
    ? element("span", {}, grant.validity_date, " ", element("span", { class: "bad" }, "expired"))
    : element("span", {}, grant.validity_date);
}

function resourceCard([id, resource], now) {
  const grants = Object.entries(resource.grants);
  const state = resource.state === "ENABLED" ? "" : `, ${resource.state.toLowerCase().replaceAll("_", " ")}`;
  const rows = grants.map(([grantee, grant]) => {
    const name = grant.grantee_name ?? "(not in the directory)";
    const revoke = () => applyChange(`Revoked access to ${resource.name} for ${name}.`, "DELETE", grantPath(id, grantee));
    return element("tr", {},
      element("td", {}, name, " ", element("span", { class: "soft" }, `(${grant.grantee_kind})`),
        element("div", { class: "id" }, grantee)),
      element("td", {}, expiryElement(grant, now)),
      element("td", { class: "short" },
        button(`${id}/${grantee}`, `Revoke access to ${resource.name} for ${name}`, "Revoke", revoke)));
  });
  return element("article", {},
    element("h3", {}, resource.name, " ", element("span", { class: "soft" }, `(${resourceKind(resource.kind)}${state})`)),
    element("div", { class: "id" }, id),
    grants.length === 0
      ? element("p", { class: "soft" }, "No grants")
      : element("table", {},
        element("thead", {}, element("tr", {},
          element("th", { scope: "col" }, "Grantee"), element("th", { scope: "col" }, "Expiry"),
          element("th", { scope: "col", class: "short" }, "Action"))),
        element("tbody", {}, ...rows)));
}

function showGrants() {
  const resources = Object.entries(view.state.resources);
  render(byId("resources"), [resources, view.now.slice(0, 10)], () =>
    resources.length === 0
      ? [element("p", { class: "soft" }, "No secrets")]
      : resources.map((resource) => resourceCard(resource, view.now)));
  const options = resources.map(([id, resource]) => [id, `${resource.name} (${resourceKind(resource.kind)})`]);
  showOptions(byId("grant").elements.resource, options, []);
  render(byId("grantees"), view.grantees, () =>
    Object.entries(view.grantees).map(([id, known]) => element("option", { value: id }, `${known.name} (${known.kind})`)));
}

/** Fills a select element and keeps the selected option. */
function showOptions(select, options, first) {
  const selected = select.value;
  render(select, options, () => [...first, ...options].map(([value, text]) => element("option", { value }, text)));
  if ([...select.options].some((option) => option.value === selected)) select.value = selected;
}

function showDelegations() {
  const delegations = Object.entries(view.state.repo_delegations);
  render(byId("delegations"), delegations, () => {
    if (delegations.length === 0) return [element("li", { class: "soft" }, "No accounts")];
    return delegations.map(([account, assumed]) => {
      const path = `/delegations/${encodeURIComponent(account)}`;
      const name = Object.values(view.state.projects).find((project) => project.account_id === account)?.account_name;
      const toggle = () => applyChange(assumed ? "Access revoked." : "Access allowed.", assumed ? "DELETE" : "PUT", path);
      const action = assumed ? "Revoke" : "Allow";
      return element("li", {},
        element("span", {}, `Account ${name ?? ""}: `,
          element("span", { class: assumed ? "good" : "bad" }, assumed ? "allowed" : "not allowed"),
          element("div", { class: "id" }, account)),
        button(account, `${action} access to the KMS keys of account ${name ?? account}`, action, toggle));
    });
  });
}

const when = (action) => (action.when === "after_effect" ? "after the request takes effect" : "before the request takes effect");

const describeRetryAfter = (wait) =>
  wait.seconds === undefined ? `Retry-After: date in ${wait.date_in_seconds} s` : `Retry-After: ${wait.seconds} s`;

/** Describes the action of a fault; one that this page does not know, as JSON. */
function describeAction(action) {
  switch (action.kind) {
    case "answer": {
      const body = typeof action.body === "string" ? action.body || "(empty)" : `${action.body.code} ${action.body.message}`;
      return `returns ${action.status}, ${when(action)}: ${body}`;
    }
    case "drop":
      return `closes the connection, ${when(action)}`;
    case "delay":
      return `delays by ${action.delay_ms} ms, ${when(action)}`;
    case "throttle":
      return `throttles: limit ${action.limit} per ${action.window}` +
        (action.retry_after ? `, ${describeRetryAfter(action.retry_after)}` : "");
    case "lag":
      return action.for_ms === undefined
        ? `the first ${action.reads} reads after each write are stale`
        : `reads are ${action.for_ms} ms stale`;
    case "lose_updates":
      return `a write takes ${action.wait_ms} ms and overwrites concurrent writes`;
    default:
      return JSON.stringify(action);
  }
}

function showFaults() {
  byId("clear-faults").disabled = view.faults.length === 0;
  render(byId("faults"), view.faults, () => {
    if (view.faults.length === 0) return [element("li", { class: "soft" }, "No active faults")];
    return view.faults.map((fault) => {
      const path = fault.path_prefix === undefined ? "" : ` ${fault.path_prefix}…`;
      const requests = fault.operation ?? (`${fault.method ?? ""}${path}`.trim() || "any request");
      const count = fault.count === null ? "until cleared" : `${fault.count} left`;
      const skip = fault.skip ? `, skips the first ${fault.skip}` : "";
      return element("li", {}, element("span", {},
        element("strong", {}, requests), ` ${describeAction(fault.action)} `,
        element("span", { class: "soft" }, `(${count}${skip})`)));
    });
  });
  const operations = view.operations.map((name) => [name, name]);
  showOptions(byId("fault").elements.operation, operations, [["", "any"]]);
}

function showQuirks() {
  const fields = byId("quirks").firstElementChild;
  const label = (name) => name.replaceAll("_", " ");
  byId("reset-quirks").disabled = view.quirk_descriptions.every(({ name, values }) => view.quirks[name] === values[0].name);
  render(fields, view.quirk_descriptions, () => view.quirk_descriptions.map(({ name, description, values }) => {
    const set = (event) =>
      applyChange(`Quirk set: ${label(name)} = ${label(event.target.value)}.`, "PATCH", "/quirks", { [name]: event.target.value });
    const options = values.map((value, index) =>
      element("option", { value: value.name, title: value.description }, label(value.name) + (index === 0 ? " (default)" : "")));
    return element("label", {}, label(name), " ", element("small", {}, description), " ",
      element("select", { name, "data-key": name, onchange: set }, ...options));
  }));
  for (const select of fields.querySelectorAll("select")) {
    if (select.value !== view.quirks[select.name]) select.value = view.quirks[select.name];
  }
}

function showRequests() {
  const count = view.request_count;
  const some = view.requests.length < count ? `, latest ${view.requests.length} shown` : "";
  byId("request-count").textContent = `${count}${some}`;
  byId("clear-requests").disabled = count === 0;
  if (!byId("follow").checked && count > 0) return;
  render(byId("requests"), view.requests, () => {
    if (count === 0) return [element("tr", {}, element("td", { colspan: 3, class: "soft" }, "No requests yet"))];
    return [...view.requests].reverse().map((request) => {
      const query = request.query === null ? "" : `?${request.query}`;
      const status = request.status === null ? "none" : String(request.status);
      const isBad = request.status === null || request.status >= 400;
      return element("tr", { title: `${request.user_agent ?? "no user agent"}, request ID ${request.request_id}` },
        element("td", { class: "short" }, request.received_at.slice(11, 19)),
        element("td", {}, element("strong", {}, request.operation ?? "unknown path"),
          element("div", { class: "id" }, `${request.method} ${request.path}${query}`)),
        element("td", { class: isBad ? "short bad" : "short good" }, status));
    });
  });
}

function showClock() {
  const hasOffset = view.ahead !== "0s";
  byId("now").textContent = `${view.now.slice(0, 10)} ${view.now.slice(11, 19)} UTC`;
  byId("ahead").textContent = hasOffset ? `(offset from this machine’s clock: ${view.ahead})` : "(this machine’s clock)";
  byId("reset-clock").disabled = !hasOffset;
}

/** Refreshes after the refreshes in progress: a response from before a change must not be shown after it. */
function refresh() {
  lastRefresh = lastRefresh.then(refreshOnce, refreshOnce);
  return lastRefresh;
}

/** Reads the state and shows it, or a notice if the sandbox does not respond. */
async function refreshOnce() {
  const connection = byId("connection");
  try {
    view = await send("GET", "/view");
    connection.hidden = true;
  } catch (error) {
    connection.textContent = `The sandbox is not responding; this page may be out of date. ${error.message}`;
    connection.hidden = false;
    return;
  }
  showClock();
  showDelegations();
  showGrants();
  showFaults();
  showQuirks();
  showRequests();
}

async function refreshForever() {
  for (;;) {
    if (!document.hidden) await refresh();
    await new Promise((resume) => setTimeout(resume, REFRESH_INTERVAL_MS));
  }
}

/** The number in a field; null if it is empty. */
const number = (field) => (field.value === "" ? null : Number(field.value));

function faultFrom(fields) {
  const action = { kind: fields.kind.value };
  const message = fields.message.value;
  switch (action.kind) {
    case "answer":
      action.status = number(fields.status);
      action.body = fields.code.value === "" ? message : { code: fields.code.value, message };
      action.when = fields.when.value;
      break;
    case "drop":
      action.when = fields.when.value;
      break;
    case "delay":
      action.delay_ms = number(fields.delay);
      action.when = fields.when.value;
      break;
    case "throttle":
      action.limit = number(fields.limit);
      action.window = fields.window.value;
      if (fields.retry_after.value !== "") action.retry_after = { seconds: number(fields.retry_after) };
      break;
    case "lag":
      action.reads = number(fields.reads);
      break;
    case "lose_updates":
      action.wait_ms = number(fields.race);
      break;
    case "lag_for":
      action.kind = "lag";
      action.for_ms = number(fields.span);
      break;
  }
  const fault = { count: number(fields.count), skip: number(fields.skip), action };
  if (fields.operation.value !== "") fault.operation = fields.operation.value;
  return fault;
}

/** Shows the fields of the selected kind, and disables the others so that they are not validated. */
function showFaultFields() {
  const kind = byId("fault").elements.kind.value;
  for (const label of byId("fault").querySelectorAll("[data-for]")) {
    label.hidden = !label.dataset.for.split(" ").includes(kind);
    label.querySelector("input, select").disabled = label.hidden;
  }
}

/** Shows the credentials and ids of the seed, which never change. */
async function showIdentities() {
  const identities = Object.entries(await send("GET", "/identities"));
  const entries = identities.map(([name, value]) => element("li", {}, `${name} `, element("code", {}, value)));
  byId("identities").replaceChildren(...(entries.length > 0 ? entries : [element("li", {}, "None: this sandbox was started with the `empty` seed.")]));
}

function start() {
  byId("host").textContent = location.host;
  byId("failure").lastElementChild.addEventListener("click", () => { byId("failure").hidden = true; });
  byId("advance-day").addEventListener("click", () => applyChange("Clock advanced by 1 day.", "POST", "/clock", { ahead: "1d" }));
  byId("advance-month").addEventListener("click", () => applyChange("Clock advanced by 30 days.", "POST", "/clock", { ahead: "30d" }));
  byId("reset-clock").addEventListener("click", () => applyChange("Clock reset.", "PUT", "/clock", { ahead: "0d" }));
  byId("clear-faults").addEventListener("click", () => applyChange("Faults cleared.", "DELETE", "/faults"));
  byId("clear-requests").addEventListener("click", () => applyChange("Log cleared.", "DELETE", "/requests"));
  byId("reset-quirks").addEventListener("click", () => applyChange("Quirks reset.", "PUT", "/quirks", {}));
  byId("follow").addEventListener("change", () => { if (view !== null) showRequests(); });

  const grant = byId("grant");
  grant.elements.grantee.addEventListener("input", (event) => {
    const known = view?.grantees[event.target.value];
    if (known !== undefined) grant.elements.kind.value = known.kind;
  });
  grant.addEventListener("submit", (event) => {
    event.preventDefault();
    const { resource, grantee, kind, expiry } = grant.elements;
    const body = { grantee_kind: kind.value, validity_date: expiry.value === "" ? null : expiry.value };
    applyChange("Access granted.", "PUT", grantPath(resource.value, grantee.value), body);
  });

  const fault = byId("fault");
  fault.elements.kind.addEventListener("change", showFaultFields);
  showFaultFields();
  fault.addEventListener("submit", (event) => {
    event.preventDefault();
    applyChange("Fault added.", "POST", "/faults", faultFrom(fault.elements));
  });
  // The rest of the page works without them.
  showIdentities().catch(() => {});
  refreshForever();
}

start();
