/* All weeks on one map: a slider, and one small document a week. */
"use strict";

geosites.weeks = (map, group, urls) => {
  const DAY = 864e5, WEEK = 7 * DAY, FRESH_MS = 3e4, REST_MS = 250;
  const { at, fetched } = geosites, slider = at("weeks"), last = +slider.max;
  const { format } = new Intl.DateTimeFormat(document.documentElement.lang, { month: "long", timeZone: "UTC" });

  /* A week by its place on the slider: its name in addresses, its words. */
  const date = (place, days) => new Date(Date.parse(slider.dataset.first) + place * WEEK + days * DAY);
  const number = (place) => Math.ceil((date(place, 4) - Date.UTC(date(place, 3).getUTCFullYear(), 0, 1)) / WEEK);
  const name = (place) => `${date(place, 3).getUTCFullYear()}-W${String(number(place)).padStart(2, "0")}`;
  const url = (kind, place) => urls[kind].replace("{week}", name(place));
  const day = (one) => (one.getUTCDate() === 1 ? slider.dataset.firstDay : one.getUTCDate());
  const words = (place) => {
    const from = date(place, 0), to = date(place, 6);
    const [month, end] = [from, to].map((one) => `\u00a0${format(one)}`);
    const year = from.getUTCFullYear() === to.getUTCFullYear() ? "" : ` ${from.getUTCFullYear()}`;
    const start = month === end ? `${day(from)}–` : `${day(from)}${month}${year} – `;
    const days = `${start}${day(to)}${end} ${to.getUTCFullYear()}`;
    return slider.dataset.words.replace("%(number)s", number(place)).replace("%(days)s", days);
  };

  /* What was fetched is believed for half a minute: who looks again sees what was corrected. */
  const held = new Map();
  const get = (from) => {
    const now = performance.now();
    for (const [key, { since }] of held) if (now - since > FRESH_MS) held.delete(key);
    if (!held.has(from)) {
      const text = fetched(from).then((answer) => answer.text());
      text.catch(() => held.delete(from));
      held.set(from, { since: now, text });
    }
    return held.get(from).text;
  };
  const both = (place) => Promise.all([get(url("layer", place)), get(url("facts", place))]);
  const near = (shown) => {
    for (const place of [shown + 1, shown - 1]) if (place >= 0 && place <= last) both(place).catch(() => {});
  };

  const NONE = ['{"features":[]}', '<p id="week-told"></p><p id="week-facts"></p>'];
  const draw = async (place) => {
    const [layer, facts] = await both(place).catch(() => NONE);
    at("week-failed").hidden = layer !== NONE[0];
    geosites.fill(group, JSON.parse(layer));
    const told = new DOMParser().parseFromString(facts, "text/html");
    document.title = told.title || document.title;
    for (const part of told.body.children) at(part.id).replaceChildren(...part.childNodes);
    at("card").hidden = true;
  };

  let shown = +slider.value, busy = false, resting;
  const arrived = (rest) => {
    map.getContainer().dataset.shown = name(shown);
    setTimeout(near, rest, shown);
  };

  /* One week at a time is fetched and drawn; of those passed by on the way, only the last. */
  const follow = async () => {
    if (busy) return;
    busy = true;
    document.body.setAttribute("aria-busy", "true");
    while (shown !== +slider.value) await draw(shown = +slider.value);
    document.body.removeAttribute("aria-busy");
    busy = false;
    clearTimeout(resting);
    resting = setTimeout(() => history.replaceState(null, "", url("page", shown) + location.hash), REST_MS);
    arrived(0);
  };
  const steps = [[at("week-before"), -1], [at("week-after"), 1]];
  const tell = (place) => {
    slider.setAttribute("aria-valuetext", words(place));
    at("week-label").textContent = words(place);
  };
  const go = (place) => {
    slider.value = place;
    tell(place);
    for (const [link, step] of steps) link.href = url("page", place + step);
    steps[1][0].hidden = place === last;
    follow();
  };
  slider.oninput = () => go(+slider.value);
  for (const [link, step] of steps) {
    link.onclick = (event) => {
      const place = +slider.value + step;
      if (place < 0 || place > last || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      go(place);
    };
  }
  tell(shown);
  slider.parentElement.hidden = false;

  /* The address says where to look: #map=zoom/lat/lon, or ?place=slug. */
  const view = /^#map=([\d.]+)\/([\d.]+)\/([\d.]+)$/.exec(location.hash);
  const slug = new URLSearchParams(location.search).get("place");
  if (view) map.setView([view[2], view[3]], +view[1], { animate: false });
  group.placed = Boolean(view);
  group.ready.then(() => {
    group.eachLayer((one) => {
      if (!slug || one.feature.properties.slug !== slug) return;
      if (!view) map.setView(one.getLatLng(), 16, { animate: false });
      one.fire("click");
    });
    map.on("moveend", () => {
      const { lat, lng } = map.getCenter();
      history.replaceState(null, "", `#map=${map.getZoom()}/${lat.toFixed(5)}/${lng.toFixed(5)}`);
    });
    arrived(REST_MS);
  });
};
