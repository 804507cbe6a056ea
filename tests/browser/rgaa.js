/* What a page shows of the criteria of RGAA 4.1 that a program can judge: by number, what is wrong. */
window.rgaa = (() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const seen = (one) => one.checkVisibility({ visibilityProperty: true });
  const short = (one) => one.outerHTML.slice(0, 110);
  const text = (one) => one.textContent.trim().replace(/\s+/g, " ");
  const named = (one) => text(one) || one.getAttribute("aria-label") || one.title ||
    all("img[alt], svg[aria-label]", one).map((inner) => inner.alt || inner.getAttribute("aria-label")).join("");
  const bad = (selector, wrong) => all(selector).filter(wrong).map(short);
  const fields = "input:not([type=hidden]), select, textarea";
  const label = (one) => one.getAttribute("aria-label") || all("label").filter((it) => it.control === one).map(text).join(" ") ||
    (one.getAttribute("aria-labelledby") ? text(document.getElementById(one.getAttribute("aria-labelledby"))) : "");
  const data = "table";
  return {
    "1.1": () => bad("img, svg:not([aria-hidden]), [role=img]", (one) => !one.closest("[aria-hidden=true], .leaflet-pane") && !one.alt && !one.getAttribute("aria-label")),
    "7.1": () => bad(".leaflet-control a", (one) => one.getAttribute("aria-label") === { fr: "Zoom in", en: "Zoom avant" }[document.documentElement.lang]),
    "1.2": () => bad(".leaflet-pane svg", (one) => one.getAttribute("aria-hidden") !== "true").concat(bad("svg[aria-hidden], img[alt='']", (one) => one.querySelector("title, desc") || one.title || one.getAttribute("aria-label"))),
    "1.6": () => bad("figure.map", () => !document.querySelector("main table, main .places, main dl")),
    "1.8": () => bad("main img", (one) => !one.closest(".leaflet-pane, figure")),
    "1.9": () => bad("figure", (one) => !one.querySelector("figcaption")),
    "2": () => bad("iframe, frame", () => true),
    "4": () => bad("audio, video, object, embed, canvas:not(.leaflet-zoom-animated)", (one) => !one.closest(".leaflet-pane")),
    "5.4": () => bad(data, (one) => !one.caption || text(one.caption).length < 3),
    "5.6": () => bad(data, (one) => one.tBodies[0]?.querySelector("td:nth-child(2)") && !one.querySelector("th")),
    "5.5": () => {
      const titles = all("table caption").map(text);
      return titles.filter((one, at) => titles.indexOf(one) !== at);
    },
    "5.7": () => bad(data, (one) => all("tbody th", one).some((it) => it.scope !== "row") || all("thead th", one).some((it) => it.scope !== "col") || one.querySelector("th[colspan], th[rowspan]")),
    "5.8": () => bad("table[role=presentation], table[role=none]", () => true),
    "6.1": () => bad("a[href]", (one) => seen(one) && /^(ici|here|cliquez.*|click.*|lire la suite|read more|https?:\S*)$/i.test(named(one))),
    "6.2": () => bad("a[href]", (one) => seen(one) && !named(one)),
    "7.3": () => bad("[onclick], div[role=button]:not([tabindex]), span[role=button]:not([tabindex])", () => true),
    "7.4": () => bad("[onchange], [onfocus], [onblur], [autofocus]", () => true),
    "7.5": () => bad("#state, #queue, #fix, #unsent, #map-failed, #week-told, #week-failed, .mistake", (one) =>
      !one.matches("[role=status], [role=alert], [aria-live], .caution")),
    "8.1": () => document.doctype?.name === "html" && document.compatMode === "CSS1Compat" ? [] : ["doctype"],
    "8.2": () => {
      const ids = all("[id]").map((one) => one.id);
      return ids.filter((id, at) => ids.indexOf(id) !== at);
    },
    "8.4": () => ["fr", "en"].includes(document.documentElement.lang) ? [] : [document.documentElement.lang],
    "8.6": () => /^.{3,} · geosites/.test(document.title) ? [] : [document.title],
    "8.8": () => bad("[lang]", (one) => !/^[a-z]{2}(-[A-Z]{2})?$/.test(one.lang)),
    "8.9": () => bad("main blockquote, main p:empty:not([role=status]):not([id]), main br + br, center, font, b + br", seen),
    "8.10": () => bad("[dir]", () => true),
    "9.1": () => {
      const levels = all("h1, h2, h3, h4, h5, h6").filter(seen).map((one) => +one.tagName[1]);
      const jumps = levels.filter((level, at) => level > (levels[at - 1] ?? 0) + 1);
      return levels.filter((level) => level === 1).length === 1 && !jumps.length ? [] : [levels.join(" ")];
    },
    "9.2": () => all("header").length >= 1 && all("main").filter(seen).length === 1 && all("body > footer").length === 1 ? [] : ["landmarks"],
    "9.3": () => bad("ul, ol, dl", (one) => [...one.children].some((it) => !/^(LI|DT|DD|DIV|TEMPLATE|SCRIPT)$/.test(it.tagName)) && !one.closest("[role=list]")),
    "10.1": () => bad("[bgcolor], [align], [border], table[width], [style]", (one) => !one.closest(".leaflet-container, .map")),
    "10.5": () => {
      const [root] = [...document.styleSheets].flatMap((one) => [...one.cssRules]).filter((one) => one.selectorText === "html");
      return root?.style.color && (root.style.background || root.style.backgroundColor) ? [] : ["html"];
    },
    "10.6": () => bad("main p a[href]", (one) => seen(one) && !/underline/.test(getComputedStyle(one).textDecorationLine) && !one.matches(".action")),
    "10.8": () => bad("[aria-hidden=true]", (one) => one.querySelector("a[href], button, input, [tabindex='0']")),
    "11.1": () => bad(fields, (one) => seen(one) && !label(one)),
    "11.2": () => bad(fields, (one) => seen(one) && label(one).replace(/\W/g, "").length < 3 && label(one).length < 3),
    "11.4": () => bad(fields, (one) => {
      const it = one.labels?.[0];
      if (!it || !seen(one) || one.closest("label")) return false;
      return it.parentElement !== one.parentElement && it.parentElement.parentElement !== one.parentElement;
    }),
    "11.5": () => {
      const groups = {};
      for (const one of all("[type=radio]").filter(seen)) (groups[one.name] ??= []).push(one);
      return Object.values(groups).filter((those) => those.length > 1 && !those[0].closest("fieldset, [role=group], [role=radiogroup]")).map((those) => short(those[0]));
    },
    "11.6": () => bad("fieldset, [role=group], [role=radiogroup]", (one) => seen(one) &&
      !(one.querySelector("legend") && text(one.querySelector("legend"))) && !one.getAttribute("aria-label") && !one.getAttribute("aria-labelledby")),
    "11.7": () => bad("legend", (one) => seen(one) && text(one).length < 2),
    "11.8": () => bad("select", (one) => one.querySelector("optgroup") && [...one.children].some((it) => it.value && it.tagName === "OPTION")),
    "11.9": () => bad("button, [type=submit]", (one) => seen(one) && !named(one)),
    "11.10": () => bad("[required]", (one) => seen(one) && one.matches("[aria-required=false]")),
    "11.13": () => bad("input[name=login], input[name=password], input[type=email], input[type=tel]", (one) => seen(one) && !one.autocomplete),
    "12.2": () => {
      const [header, main, footer] = ["header", "main", "body > footer"].map((one) => document.querySelector(one));
      const after = (a, b) => a?.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING;
      const nav = header?.querySelector("nav");
      return after(header, main) && after(main, footer) && (nav || !header?.querySelector(".who")) ? [] : ["order"];
    },
    "12.7": () => {
      const first = all("a[href]")[0];
      return first?.getAttribute("href") === "#main" && document.getElementById("main") ? [] : ["no skip link first"];
    },
    "12.10": () => bad("[accesskey]", () => true),
    "13.1": () => bad("meta[http-equiv=refresh]", () => true),
    "13.2": () => bad("[target]:not([target=_self])", () => true),
    "13.10": () => bad(".leaflet-container", (one) => !one.querySelector(".leaflet-control-zoom-in")),
    "13.5": () => bad("pre, .ascii", seen),
    "13.8": () => document.getAnimations().filter((one) => one.effect?.getComputedTiming().iterations > 1).map(() => "animation").concat(bad("marquee, blink", () => true)),
  };
})();
