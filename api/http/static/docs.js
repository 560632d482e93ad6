// The reference page's script: finding operations, and sending requests to this server.
"use strict";

// The headers that tell something about this answer; the rest is the same on all.
const SHOWN = ["content-type", "etag", "location", "link", "allow", "retry-after", "cache-control", "www-authenticate",
  "idempotent-replayed", "x-request-id"];

const find = document.getElementById("find");
const key = document.getElementById("key");
const articles = [...document.querySelectorAll("article")];

find.addEventListener("input", () => {
  const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const article of articles) {
    const text = article.dataset.method + " " + article.dataset.path + " " + article.id + " " +
      article.querySelector(".summary").textContent;
    const fits = words.every((word) => text.toLowerCase().includes(word));
    article.hidden = !fits;
    document.querySelector(`nav a[href="#${article.id}"]`).parentElement.hidden = !fits;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.target.closest("input, textarea")) {
    event.preventDefault();
    find.focus();
  }
});

// The key stays in this page's field: it is never stored, and sent to this server only.
function requestOf(article) {
  const headers = {};
  const query = new URLSearchParams();
  let path = article.dataset.path;
  for (const input of article.querySelectorAll("form input")) {
    const value = input.value.trim();
    if (value === "") continue;
    if (input.dataset.in === "path") path = path.replace(`{${input.name}}`, encodeURIComponent(value));
    else if (input.dataset.in === "query") query.set(input.name, value);
    else headers[input.name] = value;
  }
  if (key.value) headers.Authorization = `Bearer ${key.value.trim()}`;
  const body = article.querySelector("textarea");
  if (body) headers["Content-Type"] = body.dataset.type;
  const search = query.toString();
  return {
    address: path + (search ? `?${search}` : ""),
    options: { method: article.dataset.method.toUpperCase(), headers, body: body ? body.value : undefined,
      credentials: "omit", cache: "no-store" },
  };
}

async function shown(response) {
  const text = await response.text();
  const lines = [`${response.status} ${response.statusText}`];
  for (const name of SHOWN) if (response.headers.has(name)) lines.push(`${name}: ${response.headers.get(name)}`);
  let body = text;
  if (/json/.test(response.headers.get("content-type") || "")) {
    try { body = JSON.stringify(JSON.parse(text), null, 2); } catch { /* shown as it came */ }
  }
  return lines.join("\n") + "\n\n" + body;
}

for (const article of articles) {
  const output = article.querySelector("output");
  article.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    output.textContent = "…";
    const { address, options } = requestOf(article);
    try {
      output.textContent = `${options.method} ${address}\n\n` + await shown(await fetch(address, options));
    } catch (error) {
      output.textContent = `${options.method} ${address}\n\n${error.message}`;
    }
  });
}
