/* Search on the map: a field, and what it finds below; what people wrote is only ever set as text. */
"use strict";

geosites.search = (map, url, say) => {
  const { make, fetched } = geosites, WAIT_MS = 120;
  const box = make("div", "", { className: "search" }), list = make("ul", "", { className: "items" });
  const field = make("input", "", { type: "search", placeholder: say.search, ariaLabel: say.search, autocomplete: "off", maxLength: 80 });
  const status = make("p", "", { className: "unseen", role: "status" });
  box.append(field, status, list);
  L.DomEvent.disableClickPropagation(box).disableScrollPropagation(box);
  map.getContainer().append(box);
  const close = () => list.replaceChildren();
  const go = ([west, south, east, north], name) => {
    map.fitBounds([[south, west], [north, east]], { maxZoom: 17 });
    field.value = name;
    close();
  };
  const line = ({ name, bbox, note }) => {
    const shown = make("li", ""), button = make("button", name, { type: "button", onclick: () => go(bbox, name) });
    button.append(make("small", note));
    shown.append(button);
    return shown;
  };
  let waits = 0, asked = "";
  const look = async () => {
    const text = asked = field.value.trim();
    if (text.length < 2) return close();
    try {
      const { found } = await (await fetched(`${url}&q=${encodeURIComponent(text)}`)).json();
      if (text !== asked) return null;
      list.replaceChildren(...found.length ? found.map(line) : [make("li", say.none, { className: "quiet" })]);
      status.textContent = found.length ? `${found.length}` : say.none;
    } catch { list.replaceChildren(make("li", say.failed, { className: "quiet" })); }
    return null;
  };
  field.oninput = () => {
    clearTimeout(waits);
    waits = setTimeout(look, WAIT_MS);
  };
  box.onkeydown = (event) => {
    event.stopPropagation();
    if (event.key === "Escape") close();
    if (event.key === "Enter" && event.target === field) list.querySelector("button")?.click();
  };
};
