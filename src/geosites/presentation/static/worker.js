/* Keeps the form's page and what draws it, never data. VERSION and FILES are put before this. */
"use strict";

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(caches.open(VERSION).then((kept) => kept.addAll(FILES)));
});
addEventListener("activate", (event) => event.waitUntil(caches.keys().then((names) =>
  Promise.all(names.map((name) => name === VERSION || caches.delete(name)))).then(() => clients.claim())));
addEventListener("fetch", (event) => {
  const { request } = event, { pathname, searchParams } = new URL(request.url);
  if (pathname.startsWith("/static/")) {
    event.respondWith(caches.match(request).then((kept) => kept || fetch(request)));
  } else if (pathname === "/report" && request.method === "GET") {
    const lang = (searchParams.get("lang") || navigator.language).startsWith("en") ? "en" : "fr";
    event.respondWith(fetch(request).catch(() => caches.match(`/report/shell?lang=${lang}`)));
  }
});
