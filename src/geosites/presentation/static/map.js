/* Draws the map: each feature by its kind. What people wrote is only ever set as text. */
"use strict";

Object.assign(geosites, (() => {
  const { at, make, fetched } = geosites;
  const AREAS = ["territory", "unobserved", "unranked", "density", "reported", "perimeter", "closure", "operation", "flow", "hotspot"];
  const POINTS = ["territory-label", "care", "change", "site", "hotspot-rank"];
  const QUIET = new Set(["territory-label", "density", "reported", "unobserved", "unranked", "perimeter"]);

  /* The symbols, and the hatching, stand once in the page and are used by their name. */
  const shape = (name) => {
    const picture = at(`shape-${name}`).ownerSVGElement.cloneNode(false);
    const used = document.createElementNS(picture.namespaceURI, "use");
    used.setAttribute("href", `#shape-${name}`);
    picture.setAttribute("class", "shape");
    picture.append(used);
    return picture;
  };

  const point = ({ properties: { kind, status, label, level } }, latlng) => {
    const html = label ? make("span", label) : shape(status || kind);
    const className = ["mark", `mark-${kind}`, level && `mark-${level}`].filter(Boolean).join(" ");
    const interactive = !QUIET.has(kind);
    const icon = L.divIcon({ className, html, iconSize: null });
    return L.marker(latlng, { pane: kind, interactive, keyboard: interactive, icon });
  };

  const style = (feature) => {
    const { kind, rank, level, sign } = feature.properties;
    const extra = [rank && `rank-${rank}`, level, sign].filter(Boolean);
    const className = ["area", kind, ...extra].join(" ");
    return { className, pane: kind, weight: 1, fillOpacity: 1, interactive: !QUIET.has(kind) };
  };

  const card = at("card");
  const show = ({ title, facts, href }) => {
    const lines = facts.flatMap(([label, value]) => [make("dt", label), make("dd", value)]);
    const more = card.querySelector("a");
    card.querySelector("h2").textContent = title;
    card.querySelector("dl").replaceChildren(...lines);
    more.hidden = !href;
    more.href = href || "";
    card.hidden = false;
  };
  const close = () => { card.hidden = true; };

  /* What a territory tells changes with the week: it comes with the week, by code. */
  let told = {};

  const react = (feature, layer) => {
    const properties = feature.properties;
    if (QUIET.has(properties.kind)) return;
    const tell = (event) => {
      const shown = properties.title ? properties : told[properties.code];
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

  /* The legend gets its symbols, and switches that hide the panes of their kinds: nothing is drawn again. */
  const legend = (map) => {
    for (const line of document.querySelectorAll("[data-shape]")) line.prepend(shape(line.dataset.shape));
    for (const label of document.querySelectorAll("[data-kinds]")) {
      const input = make("input", "", { type: "checkbox", checked: true });
      input.onchange = () => {
        for (const kind of label.dataset.kinds.split(" ")) map.getPane(kind).hidden = !input.checked;
      };
      label.prepend(input);
    }
  };

  /* What of this page lies over its map, beside buttons and marks; a name that is cut at the edge is not shown. */
  const over = ({ left, top, right, bottom }) => {
    const names = [...document.querySelectorAll(".mark > span:not([hidden])")];
    const cut = names.map((one) => [one, one.getBoundingClientRect()]).map(([one, box]) => [one, box.left < left || box.top < top || box.right > right || box.bottom > bottom]);
    for (const [one, out] of cut) if (one.parentNode.matches(".mark-territory-label")) one.style.visibility = out ? "hidden" : "";
    return [...names, ...document.querySelectorAll(".map figcaption, .map button, .search")];
  };
  /* Names of territories stand clear of each other: they come by size, and a smaller one gives way. */
  const apart = () => {
    const names = [...document.querySelectorAll(".mark-territory-label > span")], kept = [];
    for (const one of names) one.hidden = false;
    const boxes = names.map((one) => one.getBoundingClientRect());
    for (const [place, box] of boxes.entries()) {
      const free = kept.every((other) => box.right <= other.left || box.left >= other.right || box.bottom <= other.top || box.top >= other.bottom);
      if (free) kept.push(box);
      names[place].hidden = !free;
    }
  };
  /* Whether an arrow lies under a name; names of streets stay readable on paler areas. */
  const covered = ({ min, max }) => [...document.querySelectorAll(".flow")].some((one) => {
    for (let { x, y } = min; x <= max.x; x += 6) if (one.isPointInFill({ x, y }) || one.isPointInFill({ x, y: max.y })) return true;
    return false;
  });

  const fullScreen = (figure, resize) => {
    const button = at("map-full");
    const enter = button.textContent;
    button.hidden = !document.fullscreenEnabled;
    button.onclick = () => {
      if (document.fullscreenElement) document.exitFullscreen();
      else figure.requestFullscreen();
    };
    document.onfullscreenchange = () => {
      button.textContent = document.fullscreenElement ? button.dataset.leave : enter;
      resize();
    };
  };

  /* From a phone, draw well beyond the edges: paper is wider than its screen. */
  L.Renderer.mergeOptions({ padding: innerWidth < 900 ? 0.6 : 0.1 });

  const map = (id, options) => {
    const on = L.map(id, {
      attributionControl: false, zoomSnap: 0.5, maxBoundsViscosity: 0.7, ...options,
    });
    AREAS.forEach((kind, place) => { on.createPane(kind).style.zIndex = 410 + place; });
    POINTS.forEach((kind, place) => { on.createPane(kind).style.zIndex = 610 + place; });
    on.fitBounds(options.bounds);
    const { tiles, tileOptions } = on.getContainer().dataset;
    if (tiles) L.tileLayer(tiles, JSON.parse(tileOptions)).addTo(on);
    const resize = () => on.invalidateSize({ animate: false });
    matchMedia("print").onchange = onbeforeprint = resize;
    L.control.scale({ imperial: false }).addTo(on);
    const sized = () => { on.getContainer().dataset.zoom = Math.floor(on.getZoom()); };
    on.on("zoomend", sized).on("zoomend resize", apart).on("click", close);
    sized();
    legend(on);
    fullScreen(on.getContainer().closest("figure"), resize);
    card.querySelector("button").onclick = close;
    document.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
    return on;
  };

  /* A file saved for offline use carries its documents along; a page fetches them. */
  const load = async (name, url) => {
    const kept = at(`data-${name}`);
    return kept ? JSON.parse(kept.textContent) : (await fetched(url)).json();
  };

  /* Draw a document in the place of what the group held. */
  const fill = (group, found) => {
    if (found.territories) told = found.territories;
    return group.clearLayers().addData(found);
  };

  /* What a page draws is drawn at once, as soon as all of it is there; what takes long is not waited for. */
  const WAIT_MS = 300, loads = [];
  const together = (load) => {
    loads.push(load);
    const late = new Promise((done) => { setTimeout(done, WAIT_MS); });
    return load.then((found) => Promise.race([Promise.allSettled(loads), late]).then(() => found));
  };

  let awaited = 0;
  const arrived = () => {
    awaited -= 1;
    at("map-waiting").hidden = awaited === 0;
  };

  /* Whether something lies in view, by its outline: a layer made for asking costs more than drawing. */
  const seen = (on, { geometry: { type, coordinates } }) => {
    const view = on.getBounds(), box = [Infinity, Infinity, -Infinity, -Infinity];
    for (const [lon, lat] of type === "Point" ? [coordinates] : coordinates.flat(type === "Polygon" ? 1 : 2)) {
      if (lon < box[0]) box[0] = lon;
      if (lat < box[1]) box[1] = lat;
      if (lon > box[2]) box[2] = lon;
      if (lat > box[3]) box[3] = lat;
    }
    return box[0] <= view.getEast() && box[2] >= view.getWest() && box[1] <= view.getNorth() && box[3] >= view.getSouth();
  };

  const layer = (on, name, url) => {
    const container = on.getContainer();
    awaited += 1;
    // Shapes come simplified together: done again one by one, borders would part.
    const group = L.geoJSON(null, { pointToLayer: point, style, onEachFeature: react, smoothFactor: 0 });
    group.ready = together(load(name, url).then((found) => {
      // Where to look is settled before anything is drawn, which would have to be drawn again.
      if (found.bbox && !group.placed) on.fitBounds(bounds(found.bbox), { maxZoom: 16, padding: [24, 24], animate: false });
      return found;
    })).then(
      (found) => {
        // Ground out of sight, and names that are not numbers, are drawn once the rest stands.
        const later = [];
        found.features = found.features.filter((one) => name !== "ground" || (one.properties.label || 0) < 21 && seen(on, one) || !later.push(one));
        fill(group, found).addTo(on);
        setTimeout(() => { group.addData(later); apart(); }, 300);
        container.dataset[name] = "ready";
      },
      () => {
        container.dataset[name] = "failed";
        at("map-failed").hidden = false;
      },
    ).finally(arrived);
    return group;
  };

  const bounds = ([west, south, east, north]) => [[south, west], [north, east]];

  return { map, layer, fill, together, over, covered };
})());
