/* Vector tiles (MVT 2.1) of the whole street map, drawn on a canvas in the colours of the style sheet. */
"use strict";

geosites.vector = (map, names) => {
  const { vector, tileOptions } = map.getContainer().dataset, options = JSON.parse(tileOptions || "{}");
  const SIDE = 256, MOST = 8, NAMED = { town: 12, district: 13.5, spot: 15.5, motorway: 13, main: 14, street: 15 }, WIDTH = { motorway: 2.4, main: 1.9, street: 1.3, path: .5 };
  const ORDER = ["park", "water", "building", "rail", "path", "street", "main", "motorway"];
  const style = (name) => getComputedStyle(map.getContainer()).getPropertyValue(name).trim();

  /* A message of Protocol Buffers: calls `field` with each number, and its value or its bytes. */
  const message = (bytes, field) => {
    let at = 0;
    const varint = () => {
      let value = 0, shift = 1, one;
      do { one = bytes[at++]; value += (one & 127) * shift; shift *= 128; } while (one > 127);
      return value;
    };
    while (at < bytes.length) {
      const key = varint(), kind = key & 7;
      if (kind === 0) field(key >> 3, varint());
      else if (kind === 2) { const size = varint(); field(key >> 3, bytes.subarray(at, at += size)); }
      else at += kind === 1 ? 8 : 4;
    }
  };
  const numbers = (bytes) => {
    const found = [];
    for (let at = 0, value = 0, shift = 0; at < bytes.length; at += 1) {
      value |= (bytes[at] & 127) << shift;
      shift += 7;
      if (bytes[at] < 128) { found.push(value); value = shift = 0; }
    }
    return found;
  };
  const text = new TextDecoder();
  const lines = (commands) => {
    const found = [];
    let x = 0, y = 0, at = 0;
    while (at < commands.length) {
      const what = commands[at] & 7, count = commands[at++] >> 3;
      if (what === 7) { found[found.length - 1].push(found[found.length - 1][0]); continue; }
      for (let n = 0; n < count && at < commands.length; n += 1, at += 2) {
        x += (commands[at] >> 1) ^ -(commands[at] & 1);
        y += (commands[at + 1] >> 1) ^ -(commands[at + 1] & 1);
        if (what === 1) found.push([]);
        found[found.length - 1].push([x, y]);
      }
    }
    return found;
  };
  /* What a feature of another scheme (OpenMapTiles, Protomaps, Shortbread) is in our terms. */
  const LAYERS = [[/^water|^ocean|^river/, "water"], [/^build/, "building"], [/^land|^park|^green/, "park"], [/^trans|^road|^street|^bridge/, "road"]];
  const LEVELS = [[/rail|transit|tram|subway|light/, "rail"], [/path|track|foot|steps|pedestrian|cycle|service|other/, "path"], [/motorway|trunk|highway/, "motorway"], [/primary|secondary|major|medium/, "main"]];
  const GREEN = /park|grass|wood|forest|garden|pitch|cemetery|meadow|green|nature|recreation|scrub/;
  const first = (table, what) => (table.find(([known]) => known.test(what)) || [])[1];
  const ours = (layer, one) => {
    if (layer === "ground") return one;
    const what = `${one.class || ""} ${one.kind || ""} ${one.subclass || ""} ${one.rail ? "rail" : ""}`, kind = first(LAYERS, layer);
    const label = one["name:fr"] || one["name:latin"] || one.name, rail = kind === "road" && first(LEVELS, what) === "rail";
    if (!kind || kind === "park" && !GREEN.test(`${layer} ${what}`)) return null;
    return { ...one, kind: rail ? "rail" : kind, level: rail ? "train" : kind === "road" ? first(LEVELS, what) || "street" : "", label };
  };
  const decoded = (buffer) => {
    const result = [];
    message(new Uint8Array(buffer), (number, layer) => {
      const keys = [], values = [], raw = [];
      let extent = 4096, called = "";
      if (number === 3) message(layer, (field, value) => {
        if (field === 1) called = text.decode(value);
        if (field === 2) raw.push(value);
        if (field === 3) keys.push(text.decode(value));
        if (field === 4) { let told = ""; message(value, (kind, one) => { told = kind === 1 ? text.decode(one) : one; }); values.push(told); }
        if (field === 5) extent = value;
      });
      for (const one of raw) {
        const feature = {}, kept = { extent };
        message(one, (field, value) => {
          if (field === 2) numbers(value).forEach((tag, n, tags) => { if (n % 2) feature[keys[tags[n - 1]]] = values[tag]; });
          if (field === 4) kept.lines = lines(numbers(value));
        });
        const told = kept.lines && ours(called, feature);
        if (told) result.push({ ...told, ...kept });
      }
    });
    return result;
  };

  const paint = (canvas, features) => {
    const pen = canvas.getContext("2d"), colour = Object.fromEntries(["water", "road", "motorway", "rail", "park", "building"].map((name) => [name, style(`--${name}`)]));
    const wide = Math.min(8, 1.6 ** (map.getZoom() - 13)) * canvas.width / SIDE / 2 ** Math.max(0, map.getZoom() - options.maxNativeZoom);
    const kind = (one) => (one.kind === "road" ? one.level : one.kind);
    pen.lineCap = pen.lineJoin = "round";
    for (const name of ORDER) {
      const shapes = new Path2D(), scale = (one) => canvas.width / one.extent;
      for (const one of features) if (kind(one) === name) for (const line of one.lines) line.forEach(([x, y], n) => shapes[n ? "lineTo" : "moveTo"](x * scale(one), y * scale(one)));
      if (name === "park" || name === "building") { pen.fillStyle = colour[name]; pen.fill(shapes, "evenodd"); continue; }
      pen.strokeStyle = colour[name] || colour.road;
      pen.lineWidth = (WIDTH[name] || .6) * wide;
      if (name === "water") {
        const areas = new Path2D();
        for (const one of features) if (one.kind === "water") for (const line of one.lines) {
          const [first, last] = [line[0], line[line.length - 1]];
          if (first[0] === last[0] && first[1] === last[1]) line.forEach(([x, y], n) => areas[n ? "lineTo" : "moveTo"](x * scale(one), y * scale(one)));
        }
        pen.fillStyle = colour.water;
        pen.fill(areas, "evenodd");
      }
      pen.stroke(shapes);
    }
  };

  /* On the form tiles are kept on this device, the last ones used, for when there is no network; those around sites go first. */
  const KEPT = "ground", KEY = "geosites-tiles", MOST_KEPT = 8e6, { storage } = geosites, form = map.getContainer().id === "place";
  const noted = async (box, url, size, around) => {
    let known = [];
    try { known = JSON.parse(storage[KEY]); } catch { /* none yet */ }
    known = known.filter(([one]) => one !== url);
    known[around ? "unshift" : "push"]([url, size]);
    for (let sum = known.reduce((all, [, one]) => all + one, 0); sum > MOST_KEPT;) {
      const [old, less] = known.shift();
      await box.delete(old);
      sum -= less;
    }
    try { storage[KEY] = JSON.stringify(known); } catch { /* full */ }
  };
  let turn = Promise.resolve();
  const bytes = async (url, around) => {
    const box = form && await self.caches?.open(KEPT).catch(() => null);
    const held = box && await box.match(url);
    if (held && around) return null;
    const answer = held || await fetch(url);
    if (!answer.ok) return new ArrayBuffer(0);
    const copy = answer.clone(), buffer = await answer.arrayBuffer();
    if (box) turn = turn.then(() => held || box.put(url, copy)).then(() => noted(box, url, buffer.byteLength, around)).catch(() => {});
    return buffer;
  };
  /* What is around a place, at the last zoom that has tiles. */
  const around = (place) => {
    const z = options.maxNativeZoom, middle = map.project(place, z).divideBy(SIDE).floor();
    for (let n = 0; n < 9; n += 1) bytes(L.Util.template(vector, { z, x: middle.x + n % 3 - 1, y: middle.y + Math.floor(n / 3) - 1 }), true).catch(() => {});
  };
  const site = (layer) => { if (layer.options.className === "near-site") around(layer.getLatLng()); };
  if (form) map.on("layeradd", ({ layer }) => site(layer)).eachLayer(site);

  const Grid = L.GridLayer.extend({
    createTile(at, done) {
      const canvas = document.createElement("canvas"), over = 2 ** Math.max(0, map.getZoom() - at.z);
      canvas.width = canvas.height = SIDE * Math.min(MOST, Math.max(1, devicePixelRatio) * over);
      const url = L.Util.template(vector, at), key = `${at.z}/${at.x}/${at.y}`;
      bytes(url).then((buffer) => {
        const features = decoded(buffer);
        paint(canvas, features);
        const world = (line, extent) => names.boxed(line.map(([x, y]) => L.point(at.x + x / extent, at.y + y / extent).multiplyBy(SIDE / 2 ** at.z)));
        const named = features.filter(({ label, level }) => label && NAMED[level]).sort((one, other) => NAMED[one.level] - NAMED[other.level]);
        names.tiles.set(key, named.map(({ kind, label, level, lines: found, extent }) => ({ label, from: NAMED[level], kind, found: found.map((line) => world(line, extent)) })));
        names.again();
        done(null, canvas);
      }).catch((error) => done(error, canvas));
      return canvas;
    },
  });
  /* Where it shows all that is in sight it stands in the place of the streets that come with geosites; their names are the first. */
  const own = names.tiles.get(0), whole = L.latLngBounds(options.bounds);
  const cover = () => {
    const hidden = map.getZoom() >= options.minNativeZoom && whole.contains(map.getBounds());
    map.getPane("streets").hidden = hidden;
    names.tiles.set(0, hidden ? own.filter(({ kind }) => kind !== "road") : own);
    names.again();
  };
  map.on("moveend", cover);
  cover();

  const grid = new Grid({ ...options, minZoom: options.minNativeZoom, pane: "streets-tiles" });
  map.createPane("streets-tiles").style.zIndex = 391;
  grid.on("tileunload", ({ coords: { z, x, y } }) => names.tiles.delete(`${z}/${x}/${y}`)).on("load", () => { map.getContainer().dataset.tiled = "ready"; });
  let before = map.getZoom();
  map.on("zoomend", () => {
    const now = map.getZoom();
    if (now !== before && Math.max(now, before) > options.maxNativeZoom) grid.redraw();
    before = now;
  });
  for (const query of ["(prefers-color-scheme: dark)", "print"]) matchMedia(query).addEventListener("change", () => grid.redraw());
  grid.addTo(map);
};
