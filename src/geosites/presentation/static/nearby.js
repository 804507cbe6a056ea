/* What is around: sites, what was reported today, the ground; kept on this device for when there is no network. */
"use strict";

geosites.near = ({ say, words, form, km, by, place }) => {
  const NEAR_M = 500, MOST = 8, KEY = "geosites-area";
  const { at: $, make, recall, retain } = geosites, dots = L.layerGroup().addTo(place.map);
  let known = [], hidden = new Set(), since = 0;

  const kept = () => {
    const area = recall(KEY);
    return area.by === by ? area : { by };
  };
  const load = async (url) => {
    try {
      const answer = await fetch(url, { signal: geosites.ending(15e3) });
      const found = await answer.json();
      if (!answer.ok || !found.features) throw new Error(url);
      if (url === say.today) since = 0;
      retain(KEY, { ...kept(), [url]: found, at: Date.now() });
      return found;
    } catch {
      if (url === say.today) since = kept().at || 0;
      return kept()[url] || { type: "FeatureCollection", features: [] };
    }
  };
  const list = () => {
    const now = place.current(), here = now?.lat && now;
    const near = known.map((one) => ({ ...one, m: here ? place.apart(here, one.at) : 0 }))
      .filter(({ m, kind, id }) => m < NEAR_M && (here || kind === "seen") && !hidden.has(id)).sort((a, b) => a.m - b.m).slice(0, MOST);
    if (!known.length) return;
    $("today").replaceChildren(...near.map(({ m, text, href }) => {
      const shown = make("li", here ? `${km(m)} · ` : "");
      shown.append(href ? make("a", text, { href }) : text);
      return shown;
    }));
    if (!near.length) $("today").append(make("li", say.nothing, { className: "quiet" }));
    $("since").textContent = since ? words("since", { at: geosites.clock(since) }) : "";
  };
  /* The sites that are known here can be chosen without a network as well. */
  const choose = () => {
    const { site } = form.elements, there = new Set([...site.options].map(({ value }) => value));
    for (const { kind, slug, text, at, m } of known) {
      if (kind !== "site" || there.has(slug)) continue;
      const option = make("option", text, { value: slug });
      Object.assign(option.dataset, { lat: at.lat, lon: at.lng, m });
      site.append(option);
    }
  };
  const around = async () => {
    const [ground, today] = await Promise.all([load(say.ground), load(say.today)]);
    dots.clearLayers();
    known = [];
    L.geoJSON(ground, {
      interactive: false, filter: ({ geometry: { type } }) => type !== "Point",
      style: ({ properties: { level } }) => ({ className: `territory ${level}` }),
    }).addTo(dots);
    L.geoJSON(today, {
      pointToLayer: ({ properties: one }, at) => {
        known.push({ at, ...one });
        return L.circleMarker(at, { radius: 6, className: `near-${one.kind}`, interactive: false });
      },
    }).addTo(dots);
    choose();
    list();
  };
  /* A site close by, as a place is called that has no name of its own. */
  const name = ({ lat, lng }) => {
    const sites = known.filter(({ kind }) => kind === "site").map((one) => ({ ...one, apart: place.apart({ lat, lng }, one.at) }));
    const [found] = sites.sort((a, b) => a.apart - b.apart);
    if (!found || found.apart > NEAR_M) return say.onmap;
    return found.apart <= (found.m || 0) ? found.text : words("from", { km: km(found.apart), name: found.text });
  };
  geosites.ground(place.map, say.streets);
  return { around, list, name, hide: (ids) => { hidden = new Set(ids); list(); } };
};
