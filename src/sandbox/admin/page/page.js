// Reads the state of the sandbox once a second and updates the parts of the page that have changed.
"use strict";

const REFRESH_INTERVAL_MS = 1000;

let view = null;
let lastRefresh = Promise.resolve();
/** The ways to sign in, and the clock offset that their commands contain. */
let signIn = { ahead: null, methods: [] };

/** The name of a file without its directories. */
const fileName = (path) => path.split(/[/\\]/).pop();

function showFacts() {
  const hasOffset = view.ahead !== "0s";
  const date = view.now.slice(0, 10);
  byId("port").textContent = view.port;
  byId("data-file").textContent = view.data_file ?? "none; the data is lost when the sandbox stops";
  byId("now").textContent = `${date} ${view.now.slice(11, 19)} UTC`;
  byId("ahead").textContent = hasOffset ? `(offset from this machine’s clock: ${view.ahead})` : "(this machine’s clock)";
  byId("reset-clock").disabled = !hasOffset;
  const dataFile = view.data_file === null ? "no data file" : fileName(view.data_file);
  const clock = hasOffset ? `${date}, clock offset ${view.ahead}` : date;
  document.title = `:${view.port}, ${dataFile}, ${clock} – Huawei Cloud sandbox`;
}

const setQuirk = (name, value) => applyChange(`Quirk set: ${name}=${value}.`, "PATCH", "/quirks", { [name]: value });

/** The quirks that do not have their default values, each with an explanation. */
function showChangedQuirks() {
  const changed = view.quirk_descriptions.filter(({ name, values }) => view.quirks[name] !== values[0].name);
  byId("reset-quirks").disabled = changed.length === 0;
  render(byId("changed-quirks"), [changed, view.quirks], () => {
    if (changed.length === 0) return [element("li", { class: "soft" }, "All quirks have their default values.")];
    return changed.map(({ name, description, values }) => {
      const value = values.find((known) => known.name === view.quirks[name]);
      const reset = () => setQuirk(name, values[0].name);
      return element("li", { class: "changed" },
        element("div", {}, element("strong", {}, element("code", {}, `${name}=${value.name}`)),
          element("div", {}, ...prose(description), " ", element("strong", {}, ...prose(value.description))),
          note("Default: ", element("code", {}, values[0].name), ". ", ...prose(values[0].description))),
        button(name, `Reset quirk ${name}`, "Reset", reset));
    });
  });
}

function showQuirks() {
  showChangedQuirks();
  byId("quirk-fold").firstElementChild.textContent = `All ${view.quirk_descriptions.length} quirks`;
  const fields = byId("quirks").firstElementChild;
  render(fields, view.quirk_descriptions, () => view.quirk_descriptions.map(({ name, description, values }) => {
    const set = (event) => setQuirk(name, event.target.value);
    const options = values.map((value, index) =>
      element("option", { value: value.name }, value.name + (index === 0 ? " (default)" : "")));
    return element("div", { class: "quirk" },
      element("label", {}, element("code", {}, name), element("small", {}, ...prose(description)),
        element("select", { name, "data-key": name, "aria-describedby": `quirk-${name}`, onchange: set }, ...options)),
      element("dl", { id: `quirk-${name}` }, ...values.flatMap((value) => [
        element("dt", { "data-value": value.name }, element("code", {}, value.name)),
        element("dd", {}, ...prose(value.description))])));
  }));
  for (const select of fields.querySelectorAll("select")) {
    if (select.value !== view.quirks[select.name]) select.value = view.quirks[select.name];
    for (const value of select.closest(".quirk").querySelectorAll("dt")) {
      value.classList.toggle("selected", value.dataset.value === select.value);
    }
  }
}

const selectedShell = () => document.querySelector("#shell input:checked").value;

/** Shows the ways to sign in; their commands set the clock too. */
async function showSignIn() {
  if (signIn.ahead !== view.ahead) {
    const { ahead } = view;
    signIn = { ahead, methods: (await send("GET", "/sign-in")).methods };
  }
  const shell = selectedShell();
  render(byId("sign-in"), [signIn, shell], () => {
    if (signIn.methods.length === 0) return [element("li", { class: "soft" }, ...prose("No credentials: this sandbox was started with the seed `empty`."))];
    return signIn.methods.map(({ identity, title, commands }) => {
      const what = `the ${shell} commands to sign in as ${identity.replaceAll("`", "")} with ${title}`;
      return element("li", {},
        element("div", {}, element("strong", {}, ...prose(identity)), ` with ${title}`),
        copyButton(`${identity}/${title}`, what, commands[shell]));
    });
  });
}

/** Shows the credentials and IDs of the seed, which never change. */
async function showIdentities() {
  const identities = Object.entries(await send("GET", "/identities"));
  const entries = identities.map(([name, value]) => element("li", {},
    element("div", {}, `${name} `, element("code", {}, value)), copyButton(name, name, value)));
  byId("identities").replaceChildren(...entries);
  byId("identity-fold").hidden = entries.length === 0;
}

/** Refreshes after the refreshes in progress: a response from before a change must not be shown after it. */
function refresh() {
  lastRefresh = lastRefresh.then(refreshOnce, refreshOnce);
  return lastRefresh;
}

/** Reads the state and shows it, or a notice if the sandbox does not respond. */
async function refreshOnce() {
  try {
    view = await send("GET", "/view");
    byId("connection").hidden = true;
  } catch (error) {
    showNotResponding(error);
    return;
  }
  showFacts();
  showObjects(view);
  showGrants(view);
  showRequests(view);
  showFaults(view);
  showQuirks();
  // The rest of the page works without them.
  await showSignIn().catch(() => {});
}

function showNotResponding(error) {
  const connection = byId("connection");
  const shown = view === null ? "" : ` This page shows the state of ${byId("now").textContent}.`;
  const text = `The sandbox at ${location.host} is not responding; it may have stopped.${shown} The page updates when the sandbox runs again. Cause: ${error.message}`;
  // An alert is read aloud each time it changes.
  if (connection.hidden || connection.textContent !== text) connection.textContent = text;
  connection.hidden = false;
  if (!document.title.startsWith("Not responding")) document.title = `Not responding – ${document.title}`;
}

async function refreshForever() {
  for (;;) {
    if (!document.hidden) await refresh();
    await new Promise((resume) => setTimeout(resume, REFRESH_INTERVAL_MS));
  }
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
  byId("follow").addEventListener("change", () => { if (view !== null) showRequests(view); });
  byId("find").addEventListener("input", () => { if (view !== null) findRequests(view); });
  byId("shell").addEventListener("change", () => { if (view !== null) showSignIn().catch(() => {}); });
  startGrantForm();
  startFaultForm();
  // The rest of the page works without them.
  showIdentities().catch(() => {});
  refreshForever();
}

start();
