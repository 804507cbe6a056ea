/* Where it was: the best fix of the last minute until something is counted, a tap, or a site. */
"use strict";

geosites.place = ({ form, say, words, count, km, ago, changed }) => {
  const MINUTE = 6e4, SETTLES_MS = 15e3, PENDING_MS = 12e4, ROUGH_M = 30, FAR_M = 200, BESIDE_M = 50;
  const { at: $ } = geosites, field = form.elements, tick = geosites.ticks;
  const map = L.map("place", { attributionControl: false }).fitBounds(JSON.parse(form.dataset.at));
  const mark = L.layerGroup().addTo(map);
  const { tiles, tileOptions } = map.getContainer().dataset;
  if (tiles) L.tileLayer(tiles, JSON.parse(tileOptions)).addTo(map);

  let fixes = [], trouble = "asking", taken = null, awaited = null;
  const apart = (one, other) => L.latLng(one).distanceTo(L.latLng(other));
  const latest = () => fixes[fixes.length - 1];
  /* A worse fix does not push a better one out, unless one has moved out of its circle. */
  const best = () => fixes.reduce((found, one) =>
    (one.m <= found.m && apart(one, latest()) <= one.m + latest().m ? one : found), latest());

  const show = (given) => {
    const place = given && given.by !== "none" ? given : null;
    field.lat.value = place ? place.lat.toFixed(6) : "";
    field.lon.value = place ? place.lng.toFixed(6) : "";
    field.accuracy_m.value = place && place.m ? Math.ceil(place.m) : "";
    draw(place);
    changed();
  };
  const draw = (place) => {
    mark.clearLayers();
    if (place) {
      if (place.m) L.circle(place, { radius: place.m, className: "accuracy", interactive: false }).addTo(mark);
      L.circleMarker(place, { radius: 7, className: "here", interactive: false }).addTo(mark);
      map.setView(place, Math.max(map.getZoom(), place.m > FAR_M ? 12 : 16), { animate: false });
    }
    tell();
  };
  const told = (place) => {
    if (!place) return say[awaited ? "asking" : trouble || "asking"];
    if (place.by !== "gps") return words(place.by, place);
    const text = words(place.m > FAR_M ? "far" : place.m > ROUGH_M ? "rough" : "fixed", { m: km(place.m) });
    const old = tick() - place.tick, here = latest(), away = here && apart(place, here);
    if (trouble && !taken) return `${text} ${words("lost", { ago: ago(old) })}`;
    if (taken && away > place.m + here.m + BESIDE_M) return `${text} ${words("away", { ago: ago(old), km: km(away) })}`;
    return old > MINUTE ? `${text} ${words("aged", { ago: ago(old) })}` : text;
  };
  const current = () => taken || (latest() ? best() : null);
  const tell = () => {
    const place = current();
    $("fix").textContent = told(place);
    $("fix").className = place && place.by === "gps" && place.m > ROUGH_M ? "caution" : "";
    $("mine").hidden = !taken || taken.by === "gps" && !fixes.length;
  };
  const set = (place) => {
    awaited = null;
    taken = place;
    show(place || current());
  };

  const located = ({ coords: { latitude: lat, longitude: lng, accuracy: m } }) => {
    const fix = { lat, lng, m, by: "gps", tick: tick() };
    if (!fixes.length) $("other").open = false;
    trouble = "";
    fixes = fixes.filter((one) => fix.tick - one.tick < MINUTE).concat(fix);
    if (awaited && fix.tick - awaited < PENDING_MS) set(fix);
    else if (taken && taken.by === "gps" && fix.tick - taken.counted < SETTLES_MS && fix.m < taken.m) set({ ...fix, counted: taken.counted });
    else if (!taken) show(current());
    else tell();
  };
  const failed = ({ code }) => {
    trouble = fixes.length ? "lost" : code === 3 ? "asking" : "denied";
    tell();
  };
  const OPTIONS = { enableHighAccuracy: true, maximumAge: 5e3, timeout: 2e4 };
  const look = () => navigator.geolocation && navigator.geolocation.getCurrentPosition(located, failed, OPTIONS);
  if (navigator.geolocation) navigator.geolocation.watchPosition(located, failed, OPTIONS);
  else trouble = "denied";

  /* What is counted was here: the place is taken with the count, and follows the phone no more. */
  const take = () => {
    if (taken) return;
    if (latest()) set({ ...best(), counted: tick() });
    else awaited = tick();
    look();
  };
  map.on("click", ({ latlng: { lat, lng } }) => set({ lat, lng, by: "tapped", tick: tick() }));
  $("mine").onclick = () => {
    taken = null;
    field.site.value = "";
    show(current());
    if (count()) take();
    look();
  };
  const typed = () => {
    const [lat, lng] = ["lat", "lon"].map((name) => parseFloat(field[name].value.replace(",", ".")));
    taken = Number.isFinite(lat) && Number.isFinite(lng) ? { lat, lng, by: "typed", tick: tick() } : { by: "none" };
    field.accuracy_m.value = "";
    draw(taken.by === "none" ? null : taken);
  };
  setInterval(tell, SETTLES_MS);
  tell();
  return { map, apart, take, typed, current, FAR_M, BESIDE_M, set, forget: () => set(null), here: latest };
};
