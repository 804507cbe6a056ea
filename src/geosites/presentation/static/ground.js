/* What lies under the data: water, streets and rails as a few wide paths, and names where there is room. */
"use strict";

geosites.ground = (() => {
  const { at, make, fetched } = geosites, AGAIN = 80, LINE = 14, OVER = ".leaflet-marker-icon, .leaflet-control, .ground-credit, .here, .drawn-point, .drawn-last";
  /* From which zoom a name is written; what comes first goes first where there is no room for both. */
  const FROM = Object.entries({ train: 12, rer: 12.5, motorway: 12, metro: 13, water: 12.5, main: 14, tram: 14, street: 14.5 });

  /* What is only drawn is told beside the map, whose buttons speak the reader's language. */
  L.SVG.addInitHook(function () { this.on("add", () => { this._container.ariaHidden = true; }); });
  const [one, two] = at("zoom")?.textContent.split("|") ?? [];
  L.Control.Zoom.mergeOptions({ zoomInTitle: one, zoomOutTitle: two });

  const load = async (url) => {
    const within = at("data-streets");
    if (within) return JSON.parse(within.textContent);
    const box = await self.caches?.open("ground").catch(() => null);
    try {
      const answer = await fetched(url);
      box?.put(url, answer.clone()).catch(() => {});
      return await answer.json();
    } catch { return (await box.match(url)).json(); }
  };

  /* A line in pixels of zoom 0, which every zoom doubles, and the box around it. */
  const boxed = (points) => ({ points, box: L.bounds(points) }), parts = (found) => (typeof found[0] === "number" ? parts([found]) : typeof found[0][0] !== "number" ? found.flatMap(parts)
    : [boxed(found.map(([lng, lat]) => L.CRS.EPSG3857.latLngToPoint({ lat, lng }, 0)))]);
  /* How such pixels come to lie on the map's layer, and what of them lies in a part of it. */
  const laid = (map, { min, max }) => {
    const size = 2 ** map.getZoom(), origin = map.getPixelOrigin(), part = L.bounds([min, max].map((one) => one.add(origin).divideBy(size)));
    return { size, origin, holds: ({ box }) => part.intersects(box) };
  };

  /* Many lines as one path. Only what is near the view is written, in whole pixels. */
  const Path = L.Path.extend({
    _project() {},
    _update() {
      const { size, origin, holds } = laid(this._map, this._renderer._bounds);
      let path = "M0 0";
      for (const { points } of this.options.found.filter(holds)) {
        let was = "";
        for (const { x, y } of points) {
          const at = `${Math.round(x * size - origin.x)} ${Math.round(y * size - origin.y)}`;
          if (at !== was) path += (was ? " " : "M") + (was = at);
        }
      }
      this._renderer._setPath(this, path);
    },
  });

  const lines = (map, features) => {
    const classes = {};
    for (const { properties: { kind, level = "", label }, geometry } of features) {
      if (kind === "station" || kind === "water" && label) continue;
      (classes[`ground ground-${kind} ground-${level}`] ||= []).push(...parts(geometry.coordinates));
    }
    for (const [className, found] of Object.entries(classes)) {
      new Path().setStyle({ found, className, pane: "streets", interactive: false }).addTo(map);
    }
  };

  const pencil = make("canvas").getContext("2d");
  pencil.font = "600 11px system-ui, sans-serif";
  const named = (features) => FROM.flatMap(([level, from]) => features
    .filter(({ properties: one }) => one.label && (one.level || one.kind) === level)
    .map(({ properties: { label, kind }, geometry }) => ({ label, from, kind, found: parts(geometry.coordinates) })));

  const box = (middle, wide, high) => L.bounds(middle.subtract([wide, high]), middle.add([wide, high]));
  const names = (map, always) => {
    const tiles = new Map([[0, always]]), pane = map.getPane("street-names"), root = map.getContainer();
    const put = (text, className, { x, y }, turned = "") => {
      const element = make("span", text, { className });
      element.style.transform = `translate(${x}px, ${y}px) ${turned}`;
      pane.append(element);
    };
    let taken, view;
    const free = (boxes) => boxes.every((one) => view.contains(one) && !taken.some((other) => other.overlaps(one)) && !geosites.covered?.(one));

    /* Where a name fits along a line that is straight enough: the middle first, then outwards. */
    const along = (line, wide) => {
      const sums = [0], half = wide / 2 + 2;
      line.slice(1).forEach((point, n) => sums.push(sums[n] + point.distanceTo(line[n])));
      const point = (s) => {
        const n = Math.max(1, sums.findIndex((sum) => sum >= s)), last = line[n - 1];
        return last.add(line[n].subtract(last).multiplyBy((s - sums[n - 1]) / (sums[n] - sums[n - 1] || 1)));
      };
      const middle = sums.at(-1) / 2;
      for (let out = 0; out <= middle - half; out += wide / 8) {
        for (const s of [middle - out, middle + out]) {
          if (!view.contains(point(s))) continue;
          const from = point(s - half), chord = point(s + half).subtract(from), count = Math.ceil(wide / LINE);
          if (Math.hypot(chord.x, chord.y) < 1.92 * half) continue;
          const boxes = Array.from({ length: count + 1 }, (_, n) => box(from.add(chord.multiplyBy(n / count)), LINE / 2, LINE / 2));
          if (free(boxes)) return { spot: from.add(chord.divideBy(2)), angle: Math.atan(chord.y / chord.x), boxes };
        }
      }
      return null;
    };
    /* Below a station or a place, or above it. */
    const beside = ([stop], wide) => {
      const dot = box(stop, 3, 3);
      for (const rise of [11, -11]) {
        const spot = stop.add([0, rise]), boxes = [dot, box(spot, wide / 2 + 3, LINE / 2)];
        if (free(boxes)) return { spot, stop, boxes };
      }
      return null;
    };
    const place = () => {
      // Clear of the edge and of what lies over the map: buttons, scale, credit, marks; of a page of a map also its legend.
      const nw = map.containerPointToLayerPoint([0, 0]), { size, origin, holds } = laid(map, view = L.bounds(nw.add([4, 4]), nw.add(map.getSize()).subtract([4, 4])));
      const base = root.getBoundingClientRect();
      taken = [...root.querySelectorAll(OVER), ...geosites.over?.(base) || []].map((one) => {
        const { x, y, width, height } = one.getBoundingClientRect(), from = nw.add([x - base.x - 4, y - base.y - 4]);
        return L.bounds(from, from.add([width + 8, height + 8]));
      });
      pane.replaceChildren();
      const written = new Set();
      for (const one of [...tiles.values()].flat()) {
        const { label, from, kind, found } = one;
        if (map.getZoom() < from || written.has(kind + label)) continue;
        for (const { points } of found.filter(holds)) {
          const result = (points[1] ? along : beside)(points.map((point) => point.multiplyBy(size).subtract(origin)), one.wide ||= pencil.measureText(label).width * (points[1] ? .95 : 1));
          if (!result) continue;
          taken.push(...result.boxes);
          if (kind === "station") put("", "stop", result.stop);
          written.add(kind + label);
          put(label, `street-name ${kind}`, result.spot, `rotate(${result.angle || 0}rad) translate(-50%, -50%)`);
          break;
        }
      }
    };
    let waits = 0;
    const again = () => {
      clearTimeout(waits);
      waits = setTimeout(place, AGAIN);
    };
    map.on("zoomstart", () => pane.replaceChildren()).on("moveend", place).on("layeradd resize", again);
    place();
    return { tiles, again, boxed };
  };

  return (map, url) => {
    const container = map.getContainer(), pane = map.createPane("street-names");
    map.createPane("streets").style.zIndex = 390;
    pane.style.cssText = "z-index: 605; pointer-events: none";
    pane.ariaHidden = "true";
    const wide = () => container.style.setProperty("--wide", Math.min(8, 1.6 ** (map.getZoom() - 13)));
    map.on("zoomend", wide);
    wide();
    const found = load(url);
    return (geosites.together?.(found) || found).then(({ features, credit }) => {
      const { vector } = container.dataset;
      container.querySelector(".leaflet-bottom").append(make("p", credit, { className: "ground-credit" }));
      lines(map, features);
      container.dataset.streets = "ready";
      // What is drawn is shown before names are fitted into it.
      setTimeout(() => {
        const written = names(map, named(features));
        if (vector) geosites.vector(map, written);
      }, 100);
    }).catch(() => { container.dataset.streets = "failed"; });
  };
})();
