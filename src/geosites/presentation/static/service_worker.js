/* Keeps the form's page and what draws it, never data but the streets; sends what waits. VERSION and FILES are put before this. */
"use strict";

const WAIT_MS = 4e3;

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(caches.open(VERSION).then((kept) => kept.addAll(FILES)));
});
addEventListener("activate", (event) => event.waitUntil(caches.keys().then((names) =>
  Promise.all(names.map((name) => [VERSION, "ground"].includes(name) || caches.delete(name)))).then(() => clients.claim())));

/* A page counts once it is there whole: a server that stops halfway shows nothing either. */
const whole = async (request) => {
  const answer = await fetch(request);
  if (answer.type === "opaqueredirect") return await isOurs() ? answer : null;
  const ours = answer.headers.get("X-Served-By") === "geosites" && answer.status < 500;
  return ours ? new Response(await answer.blob(), answer) : null;
};
const isOurs = async () => {
  const { said, problem } = await geosites.ask("/report/state", null, null, WAIT_MS);
  return Boolean(said || problem);
};
const form = async (request, shell) => {
  const late = new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  const answer = await Promise.race([whole(request).catch(() => null), late]);
  return answer || await caches.match(shell) || fetch(request);
};

addEventListener("fetch", (event) => {
  const { request } = event, { pathname, searchParams } = new URL(request.url);
  if (pathname.startsWith(`${geosites.root}/static/`)) {
    event.respondWith(caches.match(request).then((kept) => kept || fetch(request)));
  } else if (pathname === `${geosites.root}/report` && request.method === "GET") {
    const wanted = searchParams.get("lang") || navigator.language;
    const lang = LANGUAGES.find((one) => wanted.startsWith(one)) || LANGUAGES[0];
    event.respondWith(form(request, `${geosites.root}/report/shell?lang=${lang}`));
  }
});

/* The browser comes back to this once there is a network, although the page was closed. */
addEventListener("sync", (event) => event.waitUntil(geosites.flush("", true).then(async (items) => {
  for (const page of await clients.matchAll()) page.postMessage("flushed");
  if (items.some(({ state }) => state === "waiting")) throw new Error("some reports wait");
})));
