/* Maps of the coordinator's forms. The fields hold what is drawn; the map shows and fills them. */
"use strict";

(() => {
  const box = document.getElementById("drawing");
  if (!box || !window.L) return;
  box.hidden = false;
  const field = (name) => document.getElementById(`field-${name}`);
  const map = L.map(box, { attributionControl: false, keyboard: false, maxZoom: 19 });
  const { tiles, tileOptions, ground, streets, view, draw: mode } = box.dataset;
  map.fitBounds(JSON.parse(view), { animate: false });
  if (tiles) L.tileLayer(tiles, JSON.parse(tileOptions)).addTo(map);
  const shown = L.layerGroup().addTo(map);
  const number = (text) => Number.parseFloat(String(text).trim().replace(",", "."));
  const known = (lat, lng) => Number.isFinite(lat) && Number.isFinite(lng) && Math.abs(lat) <= 90 && Math.abs(lng) <= 180;

  geosites.fetched(ground).then((answer) => answer.json()).then((layer) => L.geoJSON(layer, {
    interactive: false, className: "drawn-ground", filter: ({ geometry }) => geometry.type !== "Point",
  }).addTo(map).bringToBack()).catch(() => {});
  geosites.ground(map, streets).then(() => {
    const credit = box.querySelector(".ground-credit");
    if (tiles && credit && box.dataset.credit) credit.append(`; ${box.dataset.credit}`);
  });

  /* The sightings of a list, numbered; one that is pressed leads to its line. */
  if (mode === "list") {
    const lines = [...document.querySelectorAll("#checks [data-lon]")], places = [];
    lines.forEach((line, index) => {
      const place = [Number(line.dataset.lat), Number(line.dataset.lon)];
      const icon = L.divIcon({ className: "drawn-number", html: String(index + 1), iconSize: [22, 22] });
      L.marker(place, { icon, title: line.querySelector("h2").textContent }).on("click", () => {
        document.querySelectorAll(".chosen").forEach((other) => other.classList.remove("chosen"));
        line.classList.add("chosen");
        line.querySelector("a").focus();
      }).addTo(shown);
      places.push(place);
    });
    if (places.length) map.fitBounds(places, { maxZoom: 16, padding: [24, 24], animate: false });
    const key = document.getElementById("drawing-key");
    if (key) key.hidden = false;
    return;
  }

  /* What is drawn: a point, a circle (centre and radius) or a polygon (a line of text for each corner). */
  const kind = () => (mode === "point" ? "point" : field("shape") ? field("shape").value : mode);
  const centre = () => {
    const lat = number(field("lat").value), lng = number(field("lon").value);
    return known(lat, lng) ? L.latLng(lat, lng) : null;
  };
  const put = (place) => {
    field("lat").value = place.lat.toFixed(6);
    field("lon").value = place.lng.toFixed(6);
  };
  const corner = (line) => {
    const parts = line.trim().split(/[\s;]+/).filter(Boolean);
    const [lng, lat] = (parts.length === 1 ? parts[0].split(",") : parts.map((part) => part.replace(/,$/, ""))).map(number);
    return known(lat, lng) ? L.latLng(lat, lng) : null;
  };
  const corners = () => field("points").value.split("\n").map(corner).filter(Boolean);
  const putCorners = (places) => {
    field("points").value = places.map(({ lat, lng }) => `${lng.toFixed(6)} ${lat.toFixed(6)}`).join("\n");
  };
  const radius = () => number(field("radius_m").value) || 0;

  const dot = (place, last) => L.circleMarker(place, { radius: last ? 6 : 4, className: last ? "drawn-last" : "drawn-point", interactive: false });
  const asGeoJson = () => {
    try {
      return L.geoJSON(JSON.parse(field("geojson").value), { className: "drawn", interactive: false });
    } catch {
      return null;
    }
  };
  const layers = () => {
    const now = kind();
    if (now === "polygon") {
      const places = corners();
      return [places.length > 2 && L.polygon(places, { className: "drawn", interactive: false }),
        places.length === 2 && L.polyline(places, { className: "drawn", interactive: false }),
        ...places.map((place, index) => dot(place, index === places.length - 1))];
    }
    if (now === "geojson" || now === "kept") return [asGeoJson()];
    const place = now === "site" ? null : centre(), { lat, lon } = box.dataset;
    /* A position shown to 100 m: the circle around its square. */
    if (now === "point" && !place && lat) return [L.circle([lat, lon], { radius: 71, className: "drawn", interactive: false })];
    return [place && now === "circle" && radius() > 0 && L.circle(place, { radius: radius(), className: "drawn", interactive: false }),
      place && dot(place, true)];
  };
  const show = (fit) => {
    shown.clearLayers();
    layers().filter(Boolean).forEach((layer) => layer.addTo(shown));
    const drawn = L.featureGroup(shown.getLayers());
    if (fit && shown.getLayers().length) map.fitBounds(drawn.getBounds(), { maxZoom: 16, padding: [24, 24], animate: false });
  };
  /* Parts of a form that belong to another kind of drawing are hidden; without script all are there. */
  const fold = () => document.querySelectorAll("[data-shape]").forEach((part) => {
    part.hidden = !part.dataset.shape.split(" ").includes(kind());
  });

  map.on("click", ({ latlng }) => {
    const now = kind();
    if (now === "polygon") putCorners([...corners(), latlng]);
    else if (now === "circle" && centre() && !radius()) field("radius_m").value = Math.max(1, Math.round(centre().distanceTo(latlng)));
    else if (now === "circle" || now === "point") {
      put(latlng);
      if (now === "circle") field("radius_m").value = "";
    }
    show();
  });

  /* By keyboard: arrows move the last point (or set one in the middle), Enter adds, Backspace takes back. */
  const STEPS = { ArrowUp: [1, 0], ArrowDown: [-1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  const moved = (place, [north, east], metres) => L.latLng(
    place.lat + north * metres / 111320, place.lng + east * metres / (111320 * Math.cos(place.lat * Math.PI / 180)));
  const nudge = (step, metres) => {
    const now = kind(), places = now === "polygon" ? corners() : [];
    if (now === "polygon") {
      const last = places.pop();
      putCorners([...places, last ? moved(last, step, metres) : map.getCenter()]);
    } else if (now === "circle" || now === "point") put(centre() ? moved(centre(), step, metres) : map.getCenter());
    else return false;
    return true;
  };
  const act = (event) => {
    const step = STEPS[event.key];
    if (step) return nudge(step, event.shiftKey ? 50 : 5);
    if (event.key === "Enter" && kind() === "polygon") putCorners([...corners(), corners().at(-1) || map.getCenter()]);
    else if (event.key === "Backspace" && kind() === "polygon") putCorners(corners().slice(0, -1));
    else if ("+-".includes(event.key) && kind() === "circle") field("radius_m").value = Math.max(5, radius() + (event.key === "+" ? 5 : -5));
    else return false;
    return true;
  };
  box.addEventListener("keydown", (event) => {
    if (event.target !== box || !act(event)) return;
    event.preventDefault();
    show();
    const last = L.featureGroup(shown.getLayers()).getLayers().length && (kind() === "polygon" ? corners().at(-1) : centre());
    if (last && !map.getBounds().contains(last)) map.panTo(last, { animate: false });
  });
  ["lon", "lat", "radius_m", "points", "geojson", "shape"].map(field).filter(Boolean)
    .forEach((one) => one.addEventListener("input", () => { fold(); show(true); }));
  /* Where nothing is drawn yet, the site that is chosen says where to look. */
  const look = () => {
    const { lat, lon } = box.dataset.lat ? box.dataset
      : [field("site"), kind() === "site" ? field("area_site") : null].find((one) => one?.selectedOptions[0]?.dataset.lat)?.selectedOptions[0].dataset || {};
    if (lat && !shown.getLayers().length) map.setView([lat, lon], 16, { animate: false });
  };
  /* Rings around the sites that can be chosen, and the name of the one that is, say what lies where. */
  const sites = L.layerGroup().addTo(map);
  geosites.over = () => box.querySelectorAll(".drawn-site b");
  const ring = () => {
    sites.clearLayers();
    for (const { dataset: { lat, lon }, selected, text } of field("site")?.options || []) {
      const html = Object.assign(document.createElement("b"), { textContent: selected ? text : "" });
      const icon = L.divIcon({ className: "drawn-site", html, iconSize: [14, 14] });
      if (lat) L.marker([lat, lon], { icon, interactive: false, keyboard: false }).addTo(sites);
    }
  };
  for (const one of [field("site"), field("area_site")]) one?.addEventListener("input", () => { ring(); look(); });
  fold();
  show(true);
  ring();
  look();
})();
