/* What lies under the data: water, streets and rails as a few wide paths, and names where there is room. */
"use strict";

geosites.ground = (() => {
  const { at, make, fetched } = geosites;
  const KEPT = "ground", AGAIN_MS = 80, ROOM = 3, LINE = 14, STRAIGHT = .96;
  /* From which zoom a name is written, and which comes first where there is no room for both. */
  const NAMED = [["water", undefined, 12.5], ["station", "train", 12], ["station", "rer", 12.5], ["road", "motorway", 12], ["station", "metro", 13],
    ["road", "main", 14], ["station", "tram", 14], ["road", "street", 14.5]];

  const load = async (url) => {
    const within = at("data-streets");
    if (within) return JSON.parse(within.textContent);
    const box = await self.caches?.open(KEPT).catch(() => null);
    try {
      const answer = await fetched(url);
      box?.put(url, answer.clone()).catch(() => {});
      return await answer.json();
    } catch (error) {
      const kept = await box?.match(url);
      if (kept) return kept.json();
      throw error;
    }
  };

  const flipped = ([lon, lat]) => [lat, lon];
  const PARTS = {
    Point: () => [], LineString: (found) => [found.map(flipped)], MultiLineString: (found) => found.map((one) => one.map(flipped)),
    Polygon: (found) => [found.map((one) => one.map(flipped))], MultiPolygon: (found) => found.map((one) => one.map((ring) => ring.map(flipped))),
  };
  const parts = ({ type, coordinates }) => PARTS[type](coordinates);

  /* One path for each class, so that a zoom projects few elements. */
  const lines = (map, features) => {
    const classes = new Map();
    for (const { properties: { kind, level, label }, geometry } of features) {
      if (kind === "station" || kind === "water" && label) continue;
      const name = kind === "road" ? `ground ground-${level}` : `ground ground-${kind} ground-${level || kind}`;
      classes.set(name, [...(classes.get(name) || []), ...parts(geometry)]);
    }
    for (const [className, found] of classes) {
      const shape = className.includes("water") ? L.polygon : L.polyline;
      shape(found, { className, pane: "streets", interactive: false, weight: 1, fillOpacity: 1 }).addTo(map);
    }
  };

  const pencil = document.createElement("canvas").getContext("2d");
  const sized = (text, bold) => {
    pencil.font = `${bold ? 600 : 400} 11px system-ui, sans-serif`;
    return pencil.measureText(text).width;
  };

  /* Rectangles that are taken, as left, top, right, bottom in pixels. */
  const free = (taken, boxes) => boxes.every(([l, t, r, b]) => taken.every(([L_, T, R, B]) => r < L_ || l > R || b < T || t > B));
  const inside = ({ min, max }, [l, t, r, b]) => l >= min.x && t >= min.y && r <= max.x && b <= max.y;
  const around = ({ x, y }, wide, high) => [x - wide, y - high, x + wide, y + high];

  /* What stands over the map already: its buttons, its scale, the credit. */
  const corners = (map) => {
    const frame = map.getContainer().getBoundingClientRect();
    return [...map.getContainer().querySelectorAll(".leaflet-control, .ground-credit")].map((one) => one.getBoundingClientRect())
      .map(({ left, top, right, bottom }) => [left - frame.left, top - frame.top, right - frame.left, bottom - frame.top]);
  };

  const along = (points) => {
    const sums = [0];
    for (let n = 1; n < points.length; n += 1) sums.push(sums[n - 1] + points[n].distanceTo(points[n - 1]));
    const point = (s) => {
      let low = 0, high = sums.length - 1;
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (sums[middle] <= s) low = middle; else high = middle;
      }
      const part = (s - sums[low]) / (sums[high] - sums[low] || 1);
      return points[low].add(points[high].subtract(points[low]).multiplyBy(part));
    };
    return { length: sums[sums.length - 1], point };
  };

  /* Where a name fits along a line that is straight enough: the middle first, then outwards. */
  const fit = (line, wide, view, taken) => {
    const { length, point } = along(line), half = wide / 2 + 2, step = Math.max(24, wide / 3);
    for (let out = 0; out <= length / 2 - half; out += step) {
      for (const s of out ? [length / 2 - out, length / 2 + out] : [length / 2]) {
        const middle = point(s);
        if (!view.contains(middle)) continue;
        const from = point(s - half), to = point(s + half), chord = to.subtract(from);
        if (from.distanceTo(to) < STRAIGHT * 2 * half) continue;
        const count = Math.ceil(wide / LINE), boxes = [];
        for (let n = 0; n <= count; n += 1) boxes.push(around(from.add(chord.multiplyBy(n / count)), LINE / 2, LINE / 2));
        if (!boxes.every((box) => inside(view, box)) || !free(taken, boxes)) continue;
        const angle = Math.atan(chord.y / (chord.x || 1e-6));
        return { at: from.add(chord.divideBy(2)), angle, boxes };
      }
    }
    return null;
  };

  const named = (features) => NAMED.flatMap(([kind, level, from]) => features
    .filter(({ properties: one }) => one.kind === kind && one.level === level && one.label)
    .map(({ properties: { label }, geometry }) => {
      const station = kind === "station";
      const lines_ = station ? [[flipped(geometry.coordinates)]] : parts(geometry);
      return { label, from, kind, station, lines: lines_, bounds: L.latLngBounds(lines_.flat()), wide: sized(label, station) };
    }));

  const names = (map, found) => {
    const pane = map.getPane("street-names");
    const write = (one, { at: { x, y }, angle = 0 }) => {
      const text = make("span", one.label, { className: `street-name ${one.kind}` });
      text.style.transform = `translate(${x}px, ${y}px) rotate(${angle}rad) translate(-50%, -50%)`;
      return text;
    };
    const station = (one, view, taken) => {
      const spot = map.latLngToLayerPoint(one.lines[0][0]);
      if (!view.contains(spot)) return null;
      const below = spot.add([0, LINE / 2 + 4]), above = spot.subtract([0, LINE / 2 + 4]), dot = around(spot, 3, 3);
      const room = (middle) => around(middle, one.wide / 2 + ROOM, LINE / 2);
      const place = [below, above].find((middle) => inside(view, room(middle)) && free(taken, [room(middle)]));
      if (!place || !free(taken, [dot])) return null;
      return { at: place, spot, boxes: [dot, room(place)] };
    };
    const street = (one, view, taken) => {
      const fits = one.lines.map((line) => line.map((point) => map.latLngToLayerPoint(point))).sort((a, b) => b.length - a.length);
      for (const line of fits) {
        const place = fit(line, one.wide, view, taken);
        if (place) return place;
      }
      return null;
    };
    const place = () => {
      const zoom = map.getZoom(), corner = map.containerPointToLayerPoint([0, 0]);
      const view = L.bounds(corner.add([4, 4]), corner.add(map.getSize()).subtract([4, 4])), seen = map.getBounds(), drawn = [];
      const taken = corners(map).map(([l, t, r, b]) => [l + corner.x, t + corner.y, r + corner.x, b + corner.y]);
      for (const mark of map.getContainer().querySelectorAll(".leaflet-marker-icon")) {
        const spot = L.DomUtil.getPosition(mark);
        if (spot) taken.push(around(spot, 12, 12));
      }
      for (const one of found) {
        if (zoom < one.from || !seen.intersects(one.bounds)) continue;
        const result = (one.station ? station : street)(one, view, taken);
        if (!result) continue;
        taken.push(...result.boxes);
        if (result.spot) {
          const dot = make("span", "", { className: "stop" });
          dot.style.transform = `translate(${result.spot.x}px, ${result.spot.y}px)`;
          drawn.push(dot);
        }
        drawn.push(write(one, result));
      }
      pane.replaceChildren(...drawn);
    };
    let waits = 0;
    const again = () => {
      clearTimeout(waits);
      waits = setTimeout(place, AGAIN_MS);
    };
    map.on("zoomstart", () => pane.replaceChildren()).on("moveend", place).on("layeradd layerremove resize", again);
    place();
  };

  const draw = (map, { features, credit }) => {
    const container = map.getContainer();
    container.append(make("p", credit, { className: "ground-credit" }));
    lines(map, features);
    names(map, named(features));
    container.dataset.streets = "ready";
  };

  return (map, url) => {
    const container = map.getContainer();
    map.createPane("streets").style.zIndex = 390;
    const pane = map.createPane("street-names");
    pane.style.zIndex = 605;
    pane.style.pointerEvents = "none";
    pane.setAttribute("aria-hidden", "true");
    const wide = () => container.style.setProperty("--wide", Math.min(8, 1.6 ** (map.getZoom() - 13)).toFixed(2));
    map.on("zoomend", wide);
    wide();
    return load(url).then((found) => draw(map, found)).catch(() => { container.dataset.streets = "failed"; });
  };
})();
