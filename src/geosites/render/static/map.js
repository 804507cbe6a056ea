/* Draws the map: each feature by its kind. What people wrote is only ever set as text. */
"use strict";

const geosites = (() => {
  const SVG = "http://www.w3.org/2000/svg";
  const AREAS = ["territory", "unobserved", "unranked", "density", "reported", "perimeter", "closure", "hotspot", "operation", "flow"];
  const POINTS = ["territory-label", "care", "hotspot-rank", "change", "site"];
  const QUIET = new Set(["territory-label", "density", "reported", "unobserved", "unranked", "perimeter"]);

  const make = (name, attributes) => {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };

  /* The symbols stand once in the page (see shapes.html), and are used by their name. */
  const shape = (name) => {
    const picture = make("svg", { class: "shape", "aria-hidden": "true" });
    picture.append(make("use", { href: `#shape-${name}` }));
    return picture;
  };

  const hatch = () => {
    const picture = make("svg", { class: "defs", "aria-hidden": "true" });
    const pattern = make("pattern", {
      id: "hatch", width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)",
    });
    pattern.append(make("line", { class: "hatch-line", x1: 0, y1: 0, x2: 0, y2: 7 }));
    picture.append(pattern);
    document.body.append(picture);
  };

  const Mark = L.Icon.extend({
    options: { iconSize: null, className: "mark" },
    createIcon() {
      const element = document.createElement("div");
      element.className = `${this.options.className} leaflet-marker-icon`;
      element.append(...this.options.content());
      return element;
    },
    createShadow: () => null,
  });

  const text = (name, words) => {
    const element = document.createElement(name);
    element.textContent = words;
    return element;
  };

  const content = (properties) => () => {
    if (properties.kind === "site") return [shape(properties.status)];
    if (properties.kind === "care") return [shape("care")];
    return [text("span", properties.label)];
  };

  const point = (feature, latlng) => {
    const properties = feature.properties;
    const level = properties.level ? ` mark-${properties.level}` : "";
    return L.marker(latlng, {
      pane: properties.kind,
      interactive: !QUIET.has(properties.kind),
      keyboard: !QUIET.has(properties.kind),
      icon: new Mark({ className: `mark mark-${properties.kind}${level}`, content: content(properties) }),
    });
  };

  const style = (feature) => {
    const { kind, rank, level, sign } = feature.properties;
    const extra = [rank && `rank-${rank}`, level, sign].filter(Boolean);
    const className = ["area", kind, ...extra].join(" ");
    return { className, pane: kind, weight: 1, fillOpacity: 1, interactive: !QUIET.has(kind) };
  };

  const card = document.getElementById("card");

  const show = (properties) => {
    const facts = document.createElement("dl");
    for (const [label, value] of properties.facts) facts.append(text("dt", label), text("dd", value));
    card.querySelector("h2").textContent = properties.title;
    card.querySelector("dl").replaceWith(facts);
    const more = card.querySelector("a");
    more.hidden = !properties.href;
    if (properties.href) more.href = properties.href;
    card.hidden = false;
  };

  /* What a territory tells changes with the week: it comes with the week, by code. */
  const told = new Map();

  const react = (feature, layer) => {
    const properties = feature.properties;
    if (QUIET.has(properties.kind)) return;
    const tell = (event) => {
      const shown = properties.title ? properties : told.get(properties.code);
      if (!shown) return;
      L.DomEvent.stopPropagation(event);
      show(shown);
    };
    layer.on("click", tell);
    layer.on("keydown", (event) => { if (event.originalEvent.key === "Enter") tell(event); });
    if (layer instanceof L.Marker) {
      layer.on("add", () => layer.getElement().setAttribute("aria-label", properties.title));
    }
  };

  const switches = () => [...document.querySelectorAll("input[data-kinds]")];

  /* A switch of the legend hides the panes of its kinds; nothing is drawn again. */
  const apply = (map, input) => {
    for (const kind of input.dataset.kinds.split(" ")) {
      const pane = map.getPane(kind);
      if (pane) pane.hidden = !input.checked;
    }
  };

  const fullScreen = (figure, resize) => {
    const button = figure.querySelector("#map-full");
    const enter = button.textContent;
    button.hidden = !document.fullscreenEnabled;
    button.addEventListener("click", () => {
      if (document.fullscreenElement) document.exitFullscreen();
      else figure.requestFullscreen();
    });
    document.addEventListener("fullscreenchange", () => {
      button.textContent = document.fullscreenElement ? button.dataset.leave : enter;
      resize();
    });
  };

  /* Draw well beyond the edges: paper is not as wide as the screen it is printed from. */
  L.Renderer.mergeOptions({ padding: 0.6 });

  const map = (id, options) => {
    const drawn = L.map(id, {
      attributionControl: false, zoomSnap: 0.5, maxBoundsViscosity: 0.7,
      minZoom: options.minZoom, maxZoom: options.maxZoom, maxBounds: options.maxBounds,
    });
    AREAS.forEach((kind, place) => { drawn.createPane(kind).style.zIndex = 410 + place; });
    POINTS.forEach((kind, place) => { drawn.createPane(kind).style.zIndex = 610 + place; });
    drawn.fitBounds(options.bounds);
    const { tiles, tileOptions } = drawn.getContainer().dataset;
    if (tiles) L.tileLayer(tiles, JSON.parse(tileOptions)).addTo(drawn);
    const resize = () => drawn.invalidateSize({ animate: false });
    matchMedia("print").addEventListener("change", resize);
    addEventListener("beforeprint", resize);
    L.control.scale({ imperial: false }).addTo(drawn);
    hatch();
    const sized = () => { drawn.getContainer().dataset.zoom = Math.floor(drawn.getZoom()); };
    drawn.on("zoomend", sized).on("click", () => { card.hidden = true; });
    sized();
    for (const input of switches()) {
      input.addEventListener("change", () => apply(drawn, input));
      apply(drawn, input);
    }
    fullScreen(drawn.getContainer().closest("figure"), resize);
    card.querySelector("button").addEventListener("click", () => { card.hidden = true; });
    document.addEventListener("keydown", (event) => { if (event.key === "Escape") card.hidden = true; });
    return drawn;
  };

  /* A file saved for offline use carries its documents along; a page fetches them. */
  const load = async (name, url) => {
    const kept = document.getElementById(`data-${name}`);
    if (kept) return JSON.parse(kept.textContent);
    const answer = await fetch(url, { headers: { Accept: "application/geo+json" } });
    if (!answer.ok) throw new Error(`${answer.status} for ${url}`);
    return answer.json();
  };

  /* Draw a document in the place of what the group held. */
  const fill = (group, found) => {
    if (found.territories) told.clear();
    for (const [code, properties] of Object.entries(found.territories || {})) told.set(code, properties);
    return group.clearLayers().addData(found);
  };

  let awaited = 0;
  const arrived = () => {
    awaited -= 1;
    document.getElementById("map-waiting").hidden = awaited === 0;
  };

  const layer = (on, name, url) => {
    const container = on.getContainer();
    awaited += 1;
    const group = L.geoJSON(null, { pointToLayer: point, style, onEachFeature: react });
    group.ready = load(name, url).then(
      (found) => {
        fill(group, found).addTo(on);
        if (found.bbox && !group.placed) on.fitBounds(bounds(found.bbox), { maxZoom: 16, padding: [24, 24], animate: false });
        container.dataset[name] = "ready";
      },
      () => {
        container.dataset[name] = "failed";
        document.getElementById("map-failed").hidden = false;
      },
    ).finally(arrived);
    return group;
  };

  const bounds = ([west, south, east, north]) => [[south, west], [north, east]];

  return { map, layer, fill };
})();
