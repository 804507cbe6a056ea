/* The report form: a place, a count, and a queue on the phone that loses and doubles nothing. */
"use strict";

if (isSecureContext) (() => { // elsewhere the plain form serves
  const { at: $, make, queue, unsent } = geosites;
  const form = $("report"), say = form.dataset, field = form.elements;
  const viewer = localStorage.viewer = say.viewer || localStorage.viewer || "";
  const KEPT_MS = 72 * 3600e3, ROUGH_M = 30, NEAR_M = 500, MOST_NEAR = 8;

  const sent = [];
  const show = async () => {
    const own = (await queue("getAll")).filter(({ by, id }) => by === viewer && id !== field.id.value);
    const waiting = own.filter(({ state }) => state === "waiting").length;
    $("queue").textContent = waiting ? say.waits.replace("{n}", waiting) : "";
    if (waiting && signedOut) $("queue").append(make("a", say.signin, { href: location.href }));
    $("items").replaceChildren(...own.concat(sent).map(line));
    unsent();
  };
  const line = (item) => {
    const { id, state, name, why } = item;
    const shown = make("li", `${say[state]}${say.colon}${name}. ${why || ""} `);
    const button = (text, act) =>
      shown.append(make("button", text, { type: "button", className: "second", onclick: () => act().then(show) }));
    if (state === "sent") shown.append(make("a", say.look, { href: say.receipt.replace("0", id) }));
    if (state === "draft" || state === "refused") button(say.resume, () => resume(item));
    if (state !== "sent" && state !== "waiting") button(say.discard, () => queue("delete", id));
    return shown;
  };

  // The server knows a report by its id: sent twice, it is recorded once.
  let signedOut = false;
  const flush = () => navigator.locks.request("reports", async () => {
    for (const item of await queue("getAll")) {
      if (Date.now() - item.made > KEPT_MS && item.state !== "expired") {
        await queue("put", { ...item, state: "expired", typed: null, name: clock(item.made) });
      } else if (item.state === "waiting" && item.by === viewer && navigator.onLine && !await send(item)) break;
    }
    return show();
  });
  const send = async (item) => {
    const { nobody, ...report } = item.typed;
    const answer = await fetch("/api/sightings", {
      method: "POST", redirect: "error", signal: AbortSignal.timeout(30e3),
      headers: { "Content-Type": "application/json", "Geosites-Made-By": encodeURIComponent(item.by) },
      body: JSON.stringify(nobody ? { ...report, headcount: "0" } : report),
    }).catch(() => ({ status: 503 }));
    signedOut = answer.status === 401;
    if (signedOut || answer.status === 429 || answer.status >= 500) return false;
    if (answer.ok) {
      sent.unshift({ ...item, state: "sent" });
      await queue("delete", item.id);
      around();
    } else {
      const { refused: [bad] = [], detail } = await answer.json().catch(() => ({}));
      const advice = bad && document.querySelector(`[data-about~="${bad.column}"]`);
      await queue("put", { ...item, state: "refused", why: bad ? `${advice?.firstChild.data || ""} ${bad.reason}` : detail });
    }
    return true;
  };

  const clock = (instant) => new Date(instant).toLocaleString(document.documentElement.lang,
    { timeZone: "Europe/Paris", day: "numeric", month: "short", hour: "numeric", minute: "2-digit" });
  const read = (state) => {
    const typed = Object.fromEntries([...new FormData(form)].filter(([, text]) => text));
    const { lat, lon, site, nobody, headcount = "?" } = typed, made = Date.now();
    const place = site ? field.site.selectedOptions[0].text : lon ? `${lat}, ${lon}` : "?";
    const name = `${clock(made)}, ${place}, ${nobody ? say.nobody : headcount}`;
    return { id: typed.id, by: viewer, made, state, typed, name };
  };
  const fresh = () => {
    form.reset();
    field.id.value = crypto.randomUUID();
    field.accuracy_m.value = "";
    chosen = false;
    if (fix) located(fix);
  };
  const resume = async (item) => {
    const id = item.state === "refused" ? crypto.randomUUID() : item.id, typed = { ...item.typed, id };
    if (!/T[\d:]{5}$/.test(typed.observed_at)) { // the clocks of Paris when it was made
      const at = new Date(typed.observed_at || item.made).toLocaleString("sv", { timeZone: "Europe/Paris" });
      typed.observed_at = at.slice(0, 16).replace(" ", "T");
      field.observed_at.closest("details").open = true;
    }
    await queue("put", { ...item, id, typed, state: "draft", why: "" });
    if (id !== item.id) await queue("delete", item.id);
    chosen = true;
    for (const one of form) if (one.name) one.type === "checkbox" ? one.checked = typed[one.name] : one.value = typed[one.name] || "";
    if (typed.lon) point(typed, +typed.accuracy_m);
  };
  // What is being typed is a draft already, so that it outlives the page.
  const save = () => field.headcount.value || field.nobody.checked
    ? queue("put", read("draft")) : queue("delete", field.id.value);
  const wrong = (name, is) => ($(`wrong-${name}`).hidden = !is, is);

  form.onsubmit = async (event) => {
    event.preventDefault();
    const item = read("waiting"), { nobody, headcount, lon, lat } = item.typed;
    const lost = wrong("place", !(lon && lat));
    if (wrong("headcount", nobody ? +headcount : !/^\d+$/.test(headcount)) || lost) return;
    item.typed.observed_at ||= new Date().toISOString();
    event.submitter.disabled = true; // a second tap finds nothing to send
    await queue("put", item).then(() => (fresh(), flush()), () => form.submit());
    event.submitter.disabled = false;
  };
  $("keep").onclick = () => save().then(fresh).then(show);
  for (const button of form.querySelectorAll("[data-step]")) {
    button.hidden = false;
    button.onclick = () => {
      field.headcount.value = Math.max(0, +field.headcount.value + +button.dataset.step);
      field.nobody.checked = false;
      save();
    };
  }
  form.oninput = ({ target: { name } }) => {
    if (name === "nobody") field.headcount.value = "";
    if (name === "headcount") field.nobody.checked = false;
    if (name === "lon" || name === "lat") chosen = true;
    const { lat, lon, m } = field.site.selectedOptions[0].dataset;
    if (name === "site" && lon && !field.lon.value) point({ lat, lon }, +m);
    save();
  };

  // Where the phone says it is, and where the finger says it was.
  let chosen = false, fix = null, here = null, known = [];
  $("place").hidden = $("keep").hidden = $("key").hidden = false;
  const map = L.map("place", { attributionControl: false }).setView([48.86, 2.338], 11);
  const dots = L.layerGroup().addTo(map), mark = L.layerGroup().addTo(map);
  const point = ({ lat, lon }, m) => {
    here = L.latLng(lat, lon);
    field.lat.value = here.lat.toFixed(6);
    field.lon.value = here.lng.toFixed(6);
    field.accuracy_m.value = m ? Math.ceil(m) : "";
    mark.clearLayers();
    if (m) L.circle(here, { radius: m, className: "accuracy", interactive: false }).addTo(mark);
    L.circleMarker(here, { radius: 7, className: "here", interactive: false }).addTo(mark);
    map.setView(here, Math.max(map.getZoom(), 16), { animate: false });
    $("fix").textContent = (m > ROUGH_M ? say.rough : m ? say.fixed : say.tapped).replace("{m}", Math.ceil(m));
    $("fix").className = m > ROUGH_M ? "caution" : "";
    wrong("place", false);
    list();
  };
  const located = (position) => {
    if (!fix) $("other").open = false;
    fix = position;
    const { latitude: lat, longitude: lon, accuracy } = position.coords;
    if (!chosen) point({ lat, lon }, accuracy);
  };
  map.on("click", ({ latlng: { lat, lng: lon } }) => {
    chosen = true;
    point({ lat, lon }, 0);
  });
  navigator.geolocation.watchPosition(located, () => { if (!here) $("fix").textContent = say.denied; },
    { enableHighAccuracy: true });

  // What is around: sites, and what was reported today.
  const list = () => {
    const near = known.map((one) => ({ ...one, m: here ? one.at.distanceTo(here) : 0 }))
      .filter(({ m, kind }) => m < NEAR_M && (here || kind === "seen")).sort((a, b) => a.m - b.m).slice(0, MOST_NEAR);
    if (known.length) $("today").replaceChildren(...near.map(({ m, text, href }) => {
      const shown = make("li", here ? `${Math.round(m / 10) * 10}\u00a0m · ` : "");
      shown.append(href ? make("a", text, { href }) : text);
      return shown;
    }));
  };
  const layer = async (url, options) => {
    const answer = navigator.onLine ? await fetch(url).catch(() => ({})) : {};
    if (answer.ok) L.geoJSON(await answer.json(), { interactive: false, ...options }).addTo(dots);
  };
  const around = async () => {
    dots.clearLayers();
    known = [];
    const style = ({ properties: { level } }) => ({ className: `area territory ${level}` });
    await layer(say.ground, { filter: ({ geometry: { type } }) => type !== "Point", style });
    const pointToLayer = ({ properties: one }, at) => (known.push({ at, ...one }),
      L.circleMarker(at, { radius: 6, className: `near-${one.kind}`, interactive: false }));
    await layer(say.today, { pointToLayer });
    list();
  };

  addEventListener("online", () => { flush(); around(); });
  document.addEventListener("visibilitychange", () => document.hidden || flush());
  setInterval(flush, 60e3);
  fresh();
  flush();
  around();
  navigator.serviceWorker.register("/worker.js");
})();
