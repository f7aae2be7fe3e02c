// The faults, and the form that adds one.
"use strict";

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

function showFaults(view) {
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
  showOptions(byId("fault").elements.operation, [["", [["", "any"], ...operations]]]);
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

function startFaultForm() {
  const form = byId("fault");
  form.elements.kind.addEventListener("change", showFaultFields);
  showFaultFields();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    applyChange("Fault added.", "POST", "/faults", faultFrom(form.elements));
  });
}
