// The request log, with what identifies a request in messages of the provider: user agent, error code and request ID.
"use strict";

const term = (name, value) => element("div", {}, element("span", { class: "soft" }, `${name}: `), value);

function requestItem(request) {
  const query = request.query === null ? "" : `?${request.query}`;
  const isBad = request.status === null || request.status >= 400 || request.error_code !== null;
  const status = request.status === null ? "no response" : String(request.status);
  const code = request.error_code === null ? [] : [" ", element("span", { class: "error-code" }, request.error_code)];
  const time = `${request.received_at.slice(0, 10)} ${request.received_at.slice(11, 19)} UTC`;
  return element("li", {},
    element("div", { class: "head" },
      element("strong", {}, request.operation ?? "unknown path"),
      element("span", { class: `response ${isBad ? "bad" : "good"}` }, status, ...code)),
    element("div", { class: "id" }, `${request.method} ${request.path}${query}`),
    element("div", { class: "terms" },
      element("time", { datetime: request.received_at }, time),
      term("User agent", element("span", { class: "user-agent" }, request.user_agent ?? "none")),
      term("Request ID", element("code", { class: "request-id" }, request.request_id))));
}

/** The text in which a request is found. */
function requestText({ operation, method, path, query, user_agent, status, error_code, request_id }) {
  const parts = [operation, `${method} ${path}`, query, user_agent, status, error_code, request_id];
  return parts.filter((part) => part !== null).join("\n").toLowerCase();
}

function showRequests(view) {
  const count = view.request_count;
  byId("clear-requests").disabled = count === 0;
  if (!byId("follow").checked && count > 0 && rendered.has(byId("requests"))) return;
  findRequests(view);
}

/** Shows the requests that contain the text in the field; all of them without one. */
function findRequests(view) {
  const wanted = byId("find").value.trim().toLowerCase();
  const found = view.requests.filter((request) => requestText(request).includes(wanted));
  const count = view.request_count;
  const latest = view.requests.length < count ? `, latest ${view.requests.length} shown` : "";
  byId("request-count").textContent =
    plural(count, "request", "requests") + latest + (wanted === "" ? "" : `, ${found.length} found`);
  render(byId("requests"), [found, count === 0], () => {
    const text = count === 0 ? "No requests yet" : "No request contains this text";
    if (found.length === 0) return [element("li", { class: "soft" }, text)];
    return [...found].reverse().map(requestItem);
  });
}
