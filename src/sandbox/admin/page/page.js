// The page for people: asks the sandbox once a second what there is, and shows what has changed since.
// Whatever comes from the sandbox is set as text, never as markup: an id may hold anything.
"use strict";

const API = "/_sandbox";
const PAUSE_MS = 1000;
const PATIENCE_MS = 10000;

const byId = (id) => document.getElementById(id);
const shown = new Map();
let view = null;
let lastLook = Promise.resolve();

/** An element with attributes and children; a text is a text node. `on…` is a listener. */
function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

/** A button; `key` finds it again when what surrounds it is made anew, so that the keyboard stays where it is. */
function button(key, label, text, work) {
  return element("button", { type: "button", "data-key": key, "aria-label": label, onclick: work }, text);
}

/** Calls `make` for the new contents of a place, if `data` is not what is shown there. */
function show(place, data, make) {
  const form = JSON.stringify(data);
  if (shown.get(place) === form) return;
  shown.set(place, form);
  const key = place.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  place.replaceChildren(...make());
  if (key === undefined) return;
  const again = [...place.querySelectorAll("[data-key]")].find((found) => found.dataset.key === key);
  // What was worked is gone: stay near.
  (again ?? place.closest("section")?.querySelector("button:not(:disabled), input, select"))?.focus();
}

/** Sends a request; the body of the answer, or an error in words. */
async function send(method, path, body) {
  const options = { method, signal: AbortSignal.timeout(PATIENCE_MS), cache: "no-store" };
  if (body !== undefined) options.body = JSON.stringify(body);
  const answer = await fetch(API + path, options);
  const text = await answer.text();
  if (answer.ok) return text === "" ? null : JSON.parse(text);
  let reason = text;
  try {
    reason = JSON.parse(text).error ?? text;
  } catch {
    // Not the sandbox's own form: shown as it is.
  }
  throw new Error(`${reason} (status ${answer.status})`);
}

/** Does what a person asked for, and says how it went. */
async function work(what, method, path, body) {
  let failure = null;
  try {
    await send(method, path, body);
  } catch (error) {
    failure = error;
  }
  // First the change, then the word that it is made.
  await look();
  byId("done").textContent = failure === null ? what : "";
  byId("failure").hidden = failure === null;
  byId("failure").firstElementChild.textContent = failure === null ? "" : `Not done: ${failure.message}`;
}

const grantPath = (resource, grantee) =>
  `/grants/${encodeURIComponent(resource)}/${encodeURIComponent(grantee)}`;

const resourceKind = (kind) => (kind === "GROUP" ? "group of secrets" : "secret");

/** How a grant stands at the calendar's time: it has ended when its last day is over in UTC, as the sandbox counts. */
function standing(grant, now) {
  if (grant.validity_date === null) return element("span", {}, "without end");
  const hasEnded = grant.validity_date < now.slice(0, 10);
  const until = `until ${grant.validity_date}`;
  return hasEnded
    ? element("span", {}, until, " ", element("span", { class: "bad" }, "expired"))
    : element("span", {}, until);
}

function resourceCard([id, resource], now) {
  const grants = Object.entries(resource.grants);
  const state = resource.state === "ENABLED" ? "" : `, ${resource.state.toLowerCase().replaceAll("_", " ")}`;
  const rows = grants.map(([grantee, grant]) => {
    const name = grant.grantee_name ?? "(not in the directory)";
    const take = () => work(`Taken from ${name}: ${resource.name}.`, "DELETE", grantPath(id, grantee));
    return element("tr", {},
      element("td", {}, name, " ", element("span", { class: "soft" }, `(${grant.grantee_kind})`),
        element("div", { class: "id" }, grantee)),
      element("td", {}, standing(grant, now)),
      element("td", { class: "short" },
        button(`${id}/${grantee}`, `Take ${resource.name} from ${name}`, "Take back", take)));
  });
  return element("article", {},
    element("h3", {}, resource.name, " ", element("span", { class: "soft" }, `(${resourceKind(resource.kind)}${state})`)),
    element("div", { class: "id" }, id),
    grants.length === 0
      ? element("p", { class: "soft" }, "granted to nobody")
      : element("table", {},
        element("thead", {}, element("tr", {},
          element("th", { scope: "col" }, "Who"), element("th", { scope: "col" }, "Until"),
          element("th", { scope: "col", class: "short" }, "Action"))),
        element("tbody", {}, ...rows)));
}

function showGrants() {
  const resources = Object.entries(view.state.resources);
  show(byId("resources"), [resources, view.now.slice(0, 10)], () =>
    resources.length === 0
      ? [element("p", { class: "soft" }, "There are no secrets.")]
      : resources.map((resource) => resourceCard(resource, view.now)));
  const options = resources.map(([id, resource]) => [id, `${resource.name} (${resourceKind(resource.kind)})`]);
  showOptions(byId("grant").elements.resource, options, []);
  show(byId("grantees"), view.grantees, () =>
    Object.entries(view.grantees).map(([id, known]) => element("option", { value: id }, `${known.name} (${known.kind})`)));
}

/** Fills a choice, and keeps what is chosen. */
function showOptions(select, options, first) {
  const chosen = select.value;
  show(select, options, () => [...first, ...options].map(([value, text]) => element("option", { value }, text)));
  if ([...select.options].some((option) => option.value === chosen)) select.value = chosen;
}

function showDelegations() {
  const delegations = Object.entries(view.state.repo_delegations);
  show(byId("delegations"), delegations, () => {
    if (delegations.length === 0) return [element("li", { class: "soft" }, "There are no accounts.")];
    return delegations.map(([account, assumed]) => {
      const path = `/delegations/${encodeURIComponent(account)}`;
      const name = Object.values(view.state.projects).find((project) => project.account_id === account)?.account_name;
      const turn = () => work(assumed ? "The delegation has ended." : "Delegated.", assumed ? "DELETE" : "PUT", path);
      const does = assumed ? "End" : "Delegate";
      return element("li", {},
        element("span", {}, `Account ${name ?? ""}: `,
          element("span", { class: assumed ? "good" : "bad" }, assumed ? "allowed" : "not allowed"),
          element("div", { class: "id" }, account)),
        button(account, `${does}: account ${name ?? account}`, does, turn));
    });
  });
}

const when = (action) => (action.when === "after_effect" ? "after the effect" : "before the effect");

const retryAfterInWords = (wait) =>
  wait.seconds === undefined ? `Retry-After the date in ${wait.date_in_seconds} s` : `Retry-After ${wait.seconds} s`;

/** What a fault does, in words; one this page does not know, in its JSON form. */
function actionInWords(action) {
  switch (action.kind) {
    case "answer": {
      const body = typeof action.body === "string" ? action.body || "(empty)" : `${action.body.code} ${action.body.message}`;
      return `answers ${action.status}, ${when(action)}: ${body}`;
    }
    case "drop":
      return `loses the connection, ${when(action)}`;
    case "delay":
      return `waits ${action.delay_ms} ms, ${when(action)}`;
    case "throttle":
      return `throttles: ${action.limit} calls in ${action.window}` +
        (action.retry_after ? `, ${retryAfterInWords(action.retry_after)}` : "");
    case "lag":
      return action.for_ms === undefined
        ? `the first ${action.reads} reads after a write show what was before it`
        : `reads show what was there ${action.for_ms} ms ago`;
    case "lose_updates":
      return `lets a write of grants, which takes ${action.wait_ms} ms, undo those of others meanwhile`;
    default:
      return JSON.stringify(action);
  }
}

function showFaults() {
  byId("clear-faults").disabled = view.faults.length === 0;
  show(byId("faults"), view.faults, () => {
    if (view.faults.length === 0) return [element("li", { class: "soft" }, "All is well.")];
    return view.faults.map((fault) => {
      const path = fault.path_prefix === undefined ? "" : ` ${fault.path_prefix}…`;
      const requests = fault.operation ?? (`${fault.method ?? ""}${path}`.trim() || "any operation");
      const count = fault.count === null ? "until cleared" : `${fault.count} more`;
      const skip = fault.skip ? `, after ${fault.skip}` : "";
      return element("li", {}, element("span", {},
        element("strong", {}, requests), ` ${actionInWords(fault.action)} `,
        element("span", { class: "soft" }, `(${count}${skip})`)));
    });
  });
  const operations = view.operations.map((name) => [name, name]);
  showOptions(byId("fault").elements.operation, operations, [["", "any"]]);
}

function showQuirks() {
  const fields = byId("quirks").firstElementChild;
  const words = (name) => name.replaceAll("_", " ");
  byId("reset-quirks").disabled = view.quirk_choices.every(([name, [first]]) => view.quirks[name] === first);
  show(fields, view.quirk_choices, () => view.quirk_choices.map(([name, choices]) => {
    const set = (event) =>
      work(`Set: ${words(name)}, ${words(event.target.value)}.`, "PATCH", "/quirks", { [name]: event.target.value });
    const options = choices.map((choice, index) =>
      element("option", { value: choice }, words(choice) + (index === 0 ? " (default)" : "")));
    return element("label", {}, words(name), " ",
      element("select", { name, "data-key": name, onchange: set }, ...options));
  }));
  for (const select of fields.querySelectorAll("select")) {
    if (select.value !== view.quirks[select.name]) select.value = view.quirks[select.name];
  }
}

function showRequests() {
  const count = view.request_count;
  const some = view.requests.length < count ? `, the latest ${view.requests.length} shown` : "";
  byId("request-count").textContent = `${count}${some}`;
  byId("clear-requests").disabled = count === 0;
  if (!byId("follow").checked && count > 0) return;
  show(byId("requests"), view.requests, () => {
    if (count === 0) return [element("tr", {}, element("td", { colspan: 3, class: "soft" }, "Nothing was asked yet."))];
    return [...view.requests].reverse().map((request) => {
      const query = request.query === null ? "" : `?${request.query}`;
      const answered = request.status === null ? "none" : String(request.status);
      const isBad = request.status === null || request.status >= 400;
      return element("tr", { title: `${request.user_agent ?? "no user agent"}, request id ${request.request_id}` },
        element("td", { class: "short" }, request.received_at.slice(11, 19)),
        element("td", {}, element("strong", {}, request.operation ?? "no operation"),
          element("div", { class: "id" }, `${request.method} ${request.path}${query}`)),
        element("td", { class: isBad ? "short bad" : "short good" }, answered));
    });
  });
}

function showCalendar() {
  const isAhead = view.ahead !== "0s";
  byId("now").textContent = `${view.now.slice(0, 10)} ${view.now.slice(11, 19)} UTC`;
  byId("ahead").textContent = isAhead ? `(this machine’s clock and ${view.ahead})` : "(this machine’s clock)";
  byId("back-to-now").disabled = !isAhead;
}

/** Looks after the looks under way have ended: an answer from before a change must not be shown after it. */
function look() {
  lastLook = lastLook.then(lookOnce, lookOnce);
  return lastLook;
}

/** Asks what there is and shows it; says so if there is no answer. */
async function lookOnce() {
  const connection = byId("connection");
  try {
    view = await send("GET", "/view");
    connection.hidden = true;
  } catch (error) {
    connection.textContent = `The sandbox does not answer; what you see may be out of date. ${error.message}`;
    connection.hidden = false;
    return;
  }
  showCalendar();
  showDelegations();
  showGrants();
  showFaults();
  showQuirks();
  showRequests();
}

async function follow() {
  for (;;) {
    if (!document.hidden) await look();
    await new Promise((resume) => setTimeout(resume, PAUSE_MS));
  }
}

/** The number in a field; none if it is empty. */
const number = (field) => (field.value === "" ? null : Number(field.value));

function faultOf(fields) {
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

/** Shows the fields that the chosen kind has; the others are out of the form, so that they are not checked. */
function chooseKind() {
  const kind = byId("fault").elements.kind.value;
  for (const label of byId("fault").querySelectorAll("[data-for]")) {
    label.hidden = !label.dataset.for.split(" ").includes(kind);
    label.querySelector("input, select").disabled = label.hidden;
  }
}

/** What there is to sign in with never changes, so it is asked for once. */
async function showIdentities() {
  const identities = Object.entries(await send("GET", "/identities"));
  const entries = identities.map(([name, value]) => element("li", {}, `${name} `, element("code", {}, value)));
  byId("identities").replaceChildren(...(entries.length > 0 ? entries : [element("li", {}, "nothing: this sandbox began empty")]));
}

function start() {
  byId("host").textContent = location.host;
  byId("failure").lastElementChild.addEventListener("click", () => { byId("failure").hidden = true; });
  byId("day-on").addEventListener("click", () => work("A day on.", "POST", "/clock", { ahead: "1d" }));
  byId("month-on").addEventListener("click", () => work("30 days on.", "POST", "/clock", { ahead: "30d" }));
  byId("back-to-now").addEventListener("click", () => work("Back to now.", "PUT", "/clock", { ahead: "0d" }));
  byId("clear-faults").addEventListener("click", () => work("All is well.", "DELETE", "/faults"));
  byId("clear-requests").addEventListener("click", () => work("Forgotten.", "DELETE", "/requests"));
  byId("reset-quirks").addEventListener("click", () => work("Quirks as at first.", "PUT", "/quirks", {}));
  byId("follow").addEventListener("change", () => { if (view !== null) showRequests(); });

  const grant = byId("grant");
  grant.elements.grantee.addEventListener("input", (event) => {
    const known = view?.grantees[event.target.value];
    if (known !== undefined) grant.elements.kind.value = known.kind;
  });
  grant.addEventListener("submit", (event) => {
    event.preventDefault();
    const { resource, grantee, kind, until } = grant.elements;
    const terms = { grantee_kind: kind.value, validity_date: until.value === "" ? null : until.value };
    work("Granted.", "PUT", grantPath(resource.value, grantee.value), terms);
  });

  const fault = byId("fault");
  fault.elements.kind.addEventListener("change", chooseKind);
  chooseKind();
  fault.addEventListener("submit", (event) => {
    event.preventDefault();
    work("Fault added.", "POST", "/faults", faultOf(fault.elements));
  });
  // Without them the rest of the page works all the same.
  showIdentities().catch(() => {});
  follow();
}

start();
