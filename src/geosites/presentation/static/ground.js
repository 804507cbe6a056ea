/* What lies under the data: water, streets and rails as a few wide paths, and names where there is room. */
"use strict";

geosites.ground = (() => {
  const { at, make, fetched } = geosites, KEPT = "ground", AGAIN_MS = 80, LINE = 14, STRAIGHT = .96;
  /* From which zoom a name is written; what comes first goes first where there is no room for both. */
  const FROM = Object.entries({ train: 12, rer: 12.5, motorway: 12, metro: 13, water: 12.5, main: 14, tram: 14, street: 14.5 });
  const DEPTH = { LineString: 0, MultiLineString: 1, Polygon: 1, MultiPolygon: 2 };

  const load = async (url) => {
    const within = at("data-streets");
    if (within) return JSON.parse(within.textContent);
    const box = await self.caches?.open(KEPT).catch(() => null);
    try {
      const answer = await fetched(url);
      box?.put(url, answer.clone()).catch(() => {});
      return await answer.json();
    } catch { return (await box.match(url)).json(); }
  };

  const parts = ({ type, coordinates }) => {
    const found = L.GeoJSON.coordsToLatLngs(type === "Point" ? [coordinates] : coordinates, DEPTH[type]);
    return type.startsWith("Multi") ? found : [found];
  };

  /* One path for each class, so that a zoom projects few elements. */
  const lines = (map, features) => {
    const classes = {};
    for (const { properties: { kind, level = "", label }, geometry } of features) {
      if (kind === "station" || kind === "water" && label) continue;
      (classes[`ground ground-${kind} ground-${level}`] ||= []).push(...parts(geometry));
    }
    for (const [className, found] of Object.entries(classes)) {
      L[className.includes("water") ? "polygon" : "polyline"](found, { className, pane: "streets", interactive: false, weight: 1, fillOpacity: 1 }).addTo(map);
    }
  };

  const pencil = make("canvas").getContext("2d");
  const measured = (one) => {
    pencil.font = "600 11px system-ui, sans-serif";
    return { ...one, bounds: L.latLngBounds(one.found.flat()), wide: pencil.measureText(one.label).width };
  };
  const named = (features) => FROM.flatMap(([level, from]) => features
    .filter(({ properties: one }) => one.label && (one.level || one.kind) === level)
    .map(({ properties: { label, kind }, geometry }) => measured({ label, from, kind, found: parts(geometry) })));

  const box = (middle, wide, high) => L.bounds(middle.subtract([wide, high]), middle.add([wide, high]));
  const free = (view, taken, boxes) => boxes.every((one) => view.contains(one) && !taken.some((other) => other.overlaps(one)));

  /* Where a name fits along a line that is straight enough: the middle first, then outwards. */
  const along = (line, wide, view, taken) => {
    const sums = [0], half = wide / 2 + 2;
    line.slice(1).forEach((point, n) => sums.push(sums[n] + point.distanceTo(line[n])));
    const point = (s) => {
      const n = Math.max(1, sums.findIndex((sum) => sum >= s)), last = line[n - 1];
      return last.add(line[n].subtract(last).multiplyBy((s - sums[n - 1]) / (sums[n] - sums[n - 1] || 1)));
    };
    const middle = sums.at(-1) / 2;
    for (let out = 0; out <= middle - half; out += wide / 3) {
      for (const s of [middle - out, middle + out]) {
        if (!view.contains(point(s))) continue;
        const from = point(s - half), chord = point(s + half).subtract(from), count = Math.ceil(wide / LINE);
        if (Math.hypot(chord.x, chord.y) < STRAIGHT * 2 * half) continue;
        const boxes = Array.from({ length: count + 1 }, (_, n) => box(from.add(chord.multiplyBy(n / count)), LINE / 2, LINE / 2));
        if (free(view, taken, boxes)) return { spot: from.add(chord.divideBy(2)), angle: Math.atan(chord.y / (chord.x || 1e-6)), boxes };
      }
    }
    return null;
  };
  /* Below a station, or above it. */
  const beside = ([stop], wide, view, taken) => {
    const dot = box(stop, 3, 3);
    for (const rise of [LINE / 2 + 4, -LINE / 2 - 4]) {
      const spot = stop.add([0, rise]), boxes = [dot, box(spot, wide / 2 + 3, LINE / 2)];
      if (free(view, taken, boxes)) return { spot, stop, boxes };
    }
    return null;
  };

  const names = (map, always) => {
    const tiles = new Map(), pane = map.getPane("street-names"), container = map.getContainer();
    const put = (text, className, { x, y }, turned = "") => {
      const element = make("span", text, { className });
      element.style.transform = `translate(${x}px, ${y}px) ${turned}`;
      pane.append(element);
    };
    const place = () => {
      // Clear of the buttons above, of scale and credit below, and of marks.
      const corner = map.containerPointToLayerPoint([0, 0]), seen = map.getBounds(), taken = [box(corner, 46, 80)];
      const view = L.bounds(corner.add([4, 4]), corner.add(map.getSize()).subtract([4, 48]));
      const base = container.getBoundingClientRect();
      for (const mark of container.querySelectorAll(".leaflet-marker-icon")) {
        const { x, y, width, height } = mark.getBoundingClientRect(), from = corner.add([x - base.x, y - base.y]);
        taken.push(L.bounds(from.subtract([4, 4]), from.add([width + 4, height + 4])));
      }
      pane.replaceChildren();
      const written = new Set();
      for (const { label, from, kind, found, bounds, wide } of [...always, ...[...tiles.values()].flat()]) {
        if (map.getZoom() < from || !seen.intersects(bounds) || written.has(kind + label)) continue;
        for (const line of found) {
          const result = (kind === "station" ? beside : along)(line.map((one) => map.latLngToLayerPoint(one)), wide, view, taken);
          if (!result) continue;
          taken.push(...result.boxes);
          if (result.stop) put("", "stop", result.stop);
          written.add(kind + label);
          put(label, `street-name ${kind}`, result.spot, `rotate(${result.angle || 0}rad) translate(-50%, -50%)`);
          break;
        }
      }
    };
    let waits = 0;
    const again = () => {
      clearTimeout(waits);
      waits = setTimeout(place, AGAIN_MS);
    };
    map.on("zoomstart", () => pane.replaceChildren()).on("moveend", place).on("layeradd resize", again);
    place();
    return { tiles, again, measured };
  };

  return (map, url) => {
    const container = map.getContainer(), pane = map.createPane("street-names");
    map.createPane("streets").style.zIndex = 390;
    Object.assign(pane.style, { zIndex: 605, pointerEvents: "none" });
    pane.ariaHidden = "true";
    const wide = () => {
      container.style.setProperty("--wide", Math.min(8, 1.6 ** (map.getZoom() - 13)).toFixed(2));
      map.getPane("streets").hidden = container.dataset.vector && map.getZoom() >= 12;
    };
    map.on("zoomend", wide);
    wide();
    return load(url).then(({ features, credit }) => {
      const { vector, credit: whole } = container.dataset, all = named(features).filter(({ kind }) => !vector || kind !== "road");
      container.querySelector(".leaflet-bottom").append(make("p", [credit, vector && whole].filter(Boolean).join("; "), { className: "ground-credit" }));
      lines(map, features);
      const written = names(map, all);
      if (vector) geosites.vector(map, written);
      container.dataset.streets = "ready";
    }).catch(() => { container.dataset.streets = "failed"; });
  };
})();
