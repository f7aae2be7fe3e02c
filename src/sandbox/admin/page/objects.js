// What the sandbox holds: grants, and one section for each other kind of object.
"use strict";

/**
 * The kinds of objects other than grants; each gets a section. `list` returns the objects in a view:
 * `id` (shown in small letters), `title`, `state` with `isGood`, and optionally `action`, a change that a button sends.
 */
const OBJECT_KINDS = [
  {
    key: "delegations",
    title: "CodeArts Repo access to KMS keys",
    none: "No accounts",
    json: "/_sandbox/state",
    list: ({ state }) => Object.entries(state.repo_delegations).map(([account, isAllowed]) => {
      const name = Object.values(state.projects).find((project) => project.account_id === account)?.account_name;
      const action = isAllowed ? "Revoke" : "Allow";
      return {
        id: account,
        title: `Account ${name ?? ""}`,
        state: isAllowed ? "allowed" : "not allowed",
        isGood: isAllowed,
        action: {
          text: action,
          label: `${action} access to the KMS keys of account ${name ?? account}`,
          done: isAllowed ? "Access revoked." : "Access allowed.",
          method: isAllowed ? "DELETE" : "PUT",
          path: `/delegations/${encodeURIComponent(account)}`,
        },
      };
    }),
  },
  {
    key: "encryption",
    title: "Encryption of repositories",
    none: "No settings",
    json: "/_sandbox/state",
    list: ({ state }) => Object.entries(state.repo_encryption).map(([place, setting]) => {
      const isOn = setting.encryption_type === "KMS";
      const key = setting.key_name ?? setting.key_id;
      return { id: place, title: place.split("/")[1], state: isOn ? `on, key ${key}` : "off", isGood: isOn };
    }),
  },
];

function objectRow({ id, title, state, isGood, action }) {
  const change = () => applyChange(action.done, action.method, action.path, action.body);
  return element("li", {},
    element("div", {}, `${title}: `, element("span", { class: isGood ? "good" : "bad" }, state), note(element("span", { class: "id" }, id))),
    ...(action === undefined ? [] : [button(id, action.label, action.text, change)]));
}

/** The list of a kind, in a section that is added at first. */
function objectList({ key, title, json }) {
  if (byId(key) === null) {
    byId("objects").append(element("section", { "aria-labelledby": `${key}-title` },
      element("h2", {}, element("span", { id: `${key}-title` }, title), " ",
        element("span", { class: "links" }, element("a", { href: json, "aria-label": `${title} as JSON` }, "JSON"))),
      element("ul", { id: key, class: "plain" })));
  }
  return byId(key);
}

function showObjects(view) {
  for (const kind of OBJECT_KINDS) {
    const objects = kind.list(view);
    render(objectList(kind), objects, () =>
      objects.length === 0 ? [element("li", { class: "soft" }, kind.none)] : objects.map(objectRow));
  }
}

const grantPath = (resource, grantee) =>
  `/grants/${encodeURIComponent(resource)}/${encodeURIComponent(grantee)}`;

const resourceKind = (kind) => (kind === "GROUP" ? "secret group" : "secret");

/** Whether a grant is expired. It expires at the end of its last day in UTC, by the clock of the sandbox. */
const isExpired = (grant, today) => grant.validity_date !== null && grant.validity_date < today;

const plural = (count, one, many) => `${count} ${count === 1 ? one : many}`;

function expiryElement(grant, today) {
  if (grant.validity_date === null) return element("span", {}, "never expires");
  const date = element("time", { datetime: grant.validity_date }, grant.validity_date);
  if (!isExpired(grant, today)) return element("span", {}, date);
  return element("span", {}, element("strong", { class: "badge" }, "expired"), " ", date);
}

function resourceCard([id, resource], grantees, today) {
  const grants = Object.entries(resource.grants);
  const state = resource.state === "ENABLED" ? "" : `, ${resource.state.toLowerCase().replaceAll("_", " ")}`;
  const rows = grants.map(([grantee, grant]) => {
    const name = grant.grantee_name ?? "(not in the directory)";
    const kind = grant.grantee_kind + (grantees[grantee]?.is_disabled ? ", disabled" : "");
    const revoke = () => applyChange(`Revoked access to ${resource.name} for ${name}.`, "DELETE", grantPath(id, grantee));
    return element("tr", isExpired(grant, today) ? { class: "expired" } : {},
      element("td", {}, element("span", { class: "name" }, name), " ", element("span", { class: "soft" }, `(${kind})`),
        element("div", { class: "id" }, grantee)),
      element("td", { class: "expiry" }, expiryElement(grant, today)),
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

function showGrants(view) {
  const today = view.now.slice(0, 10);
  const resources = Object.entries(view.state.resources);
  const grants = resources.flatMap(([, resource]) => Object.values(resource.grants));
  const expiredCount = grants.filter((grant) => isExpired(grant, today)).length;
  byId("grant-count").textContent =
    `${plural(grants.length, "grant", "grants")}, ${expiredCount} expired, on ${plural(resources.length, "secret or secret group", "secrets and secret groups")}`;
  render(byId("resources"), [resources, view.grantees, today], () =>
    resources.map((resource) => resourceCard(resource, view.grantees, today)));

  const fields = byId("grant").elements;
  const targets = resources.map(([id, resource]) => [id, `${resource.name} (${resourceKind(resource.kind)})`]);
  showOptions(fields.resource, [["", targets]]);
  const known = Object.entries(view.grantees);
  const group = (label, wanted) => [label, known
    .filter(([, { kind }]) => kind === wanted)
    .map(([id, { name, is_disabled }]) => [id, `${name}${is_disabled ? ", disabled" : ""} (${id})`])];
  showOptions(fields.grantee, [group("Users", "user"), group("User groups", "group")]);
}

/** Reports a date that the calendar does not have; the pattern of the field checks the format. */
function checkDate(field) {
  const date = new Date(`${field.value}T00:00:00Z`);
  const isDate = !Number.isNaN(date.getTime()) && date.toISOString().startsWith(field.value);
  field.setCustomValidity(field.value === "" || isDate ? "" : "Enter a date in the format YYYY-MM-DD, such as 2030-12-31.");
}

function startGrantForm() {
  const form = byId("grant");
  form.elements.expiry.addEventListener("input", (event) => checkDate(event.target));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { resource, grantee, expiry } = form.elements;
    const body = { validity_date: expiry.value === "" ? null : expiry.value };
    applyChange("Access granted.", "PUT", grantPath(resource.value, grantee.value), body);
  });
}
