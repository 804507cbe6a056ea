/* The report form: a place, a count, and what became of each report, until a person has seen it. */
"use strict";

(() => {
  const { at: $, make, ticks, queue, storage, newId, ask, now, sure, stamp, settle } = geosites, lang = document.documentElement.lang.replace("en", "en-GB");
  const form = $("report"), data = form.dataset, say = JSON.parse(data.say), field = form.elements;
  if (!isSecureContext || !self.fetch || !self.AbortController) { // the plain form serves
    $("state").textContent = say.plain;
    return;
  }
  const ZONE = data.zone, ROUGH_MS = 3e4, AGAIN_MS = 6e5, AGAIN_M = 50, OLD_MS = 31 * 864e5, HELLO_MS = 3e5;
  const remembered = (name) => {
    try {
      if (data.viewer) storage[name] = data[name];
      return storage[name] || "";
    } catch { return data[name]; }
  };
  const viewer = remembered("viewer"), unit = remembered("unit");

  const words = (name, values) => say[name].replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
  const clock = geosites.clock = (instant) => new Date(instant).toLocaleString(lang,
    { timeZone: ZONE, day: "numeric", month: "short", hour: "numeric", minute: "2-digit" });
  const point = ({ lat, lon }) => ({ lat: +lat, lng: +lon });
  const local = (instant) => new Date(instant).toLocaleString("sv", { timeZone: ZONE }).replace(" ", "T");
  const number = (value) => value.toLocaleString(lang, { maximumFractionDigits: 1 });
  const km = (m) => (m < 995 ? `${number(m < 100 ? Math.ceil(m) : Math.round(m / 10) * 10)}\u00a0m` : `${number(m / 1000)}\u00a0km`);
  const ago = (ms) => {
    const minutes = Math.max(1, Math.round(ms / 6e4)), [n, unit] = minutes < 90 ? [minutes, "minute"] : [Math.round(minutes / 60), "hour"];
    return new Intl.RelativeTimeFormat(lang).format(-n, unit);
  };
  /* The instants that a local time can be: none where clocks skip it, two where they show it twice. */
  const instants = (text) => {
    const wanted = text.length === 16 ? `${text}:00` : text, guess = Date.parse(`${wanted}Z`);
    const offsets = [-864e5, 864e5].map((step) => Date.parse(`${local(guess + step)}Z`) - guess - step);
    return [...new Set(offsets)].map((offset) => guess - offset).filter((one) => local(one) === wanted).sort((a, b) => a - b);
  };

  /* What this account has here, the last thing that happened first of all and where the thumb was. */
  const sent = [];
  let latest = "", account = viewer, reach = "", edits = null, extra = [], confirmed = [], met = null, safe = true, before = {};
  const button = (text, act) => make("button", text, { type: "button", className: "second", onclick: act });
  const why = ({ state, kind, problem, withdraw, tries }) => {
    if (state === "waiting") return [withdraw && say.withdrawing, tries && say["why-" + kind]];
    if (state !== "refused" || !problem) return [];
    const [bad] = problem.refused || [], advice = bad && document.querySelector(`[data-about~="${bad.column}"]`);
    return [advice?.firstChild.data, problem.said || problem.detail];
  };
  const line = (item) => {
    const { id, state, name, receipt, withdrawn } = item, open = receipt && now() < item.until;
    const shown = make("li", "", { tabIndex: -1 }), acts = make("div", ""), act = (text, work) => acts.append(button(text, work));
    shown.append(make("b", say[withdrawn ? "withdrawn" : state] + say.colon), [`${name}.`, ...why(item)].filter(Boolean).join(" "), acts);
    if (state === "sent" && !withdrawn) acts.append(make("a", say.look, { href: data.receipt.replace("0", id) }));
    if (state === "draft" || state === "refused") {
      act(say.resume, () => resume(item));
      act(say.discard, () => queue.remove(id).then(show));
    } else if (!withdrawn && (open || state === "waiting" && !item.withdraw)) {
      act(say.correct, () => resume(item));
      act(say.withdraw, () => withdraw(item));
    }
    return shown;
  };
  const is = (wanted) => ({ state }) => state === wanted;
  const face = () => $("latest").firstChild?.focus();
  /* What was made while nobody could say by which account is a draft of who looks at it. */
  const adopt = async () => {
    for (const one of await queue.all()) if (viewer && !one.by) await queue.put({ ...one, by: viewer, state: "draft" });
  };
  const own = async () => (await queue.all()).filter(({ by }) => by === viewer);
  const show = async () => {
    const kept = (await own()).filter(({ id, state }) => state === "sent" || id !== field.id.value);
    for (const item of kept.filter(is("sent"))) {
      const { receipt } = item;
      item.until = now() + 1e3 * receipt.correct_s;
      item.name = words("name", { at: clock(receipt.observed_at), place: receipt.place, heads: receipt.headcount ? number(receipt.headcount) : say.nobody });
      if (receipt.unit && receipt.unit !== unit) item.name += `, ${receipt.unit}`;
      const there = sent.findIndex(({ id }) => id === item.id);
      if (there >= 0) sent.splice(there, 1);
      sent.unshift(item);
      latest = item.id;
      await queue.remove(item.id);
      near.around();
    }
    const all = kept.filter(({ state }) => state !== "sent").concat(sent), waiting = kept.filter(is("waiting"));
    const last = all.find(({ id }) => id === latest);
    const focused = document.activeElement?.closest?.("#latest");
    $("latest").replaceChildren(...(last ? [line(last)] : []));
    $("items").replaceChildren(...all.filter((one) => one !== last).map(line));
    if (focused) face();
    $("queue").textContent = waiting.length ? words("waits", { n: waiting.length }) : "";
    $("now").hidden = $("take-over").hidden = !waiting.length;
    near.hide(sent.map(({ id }) => id));
    unkept(kept.filter(({ state, unkept }) => unkept && state !== "sent"));
    told(waiting.length);
    geosites.unsent();
    later(waiting);
  };
  const told = (waits) => {
    const ahead = geosites.ahead(), off = Math.abs(ahead), other = account !== viewer, out = reach === "not-signed-in";
    const lines = [
      off > 6e4 && words(ahead > 0 ? "fast" : "slow", { time: ago(off).replace(/^.*?(\d+\D+?)( ago)?$/, "$1") }),
      other && words("other", { account, viewer }), out && waits && say["signed-out"], waits && !safe && say.evictable,
    ];
    const leads = [other && ["reload", location.pathname], (other || out) && ["signin", `${geosites.root}/sign-in?next=${location.pathname}`]];
    $("state").replaceChildren(...lines.filter(Boolean).map((text) => make("p", text, { className: "caution" })),
      ...leads.filter(Boolean).flatMap(([name, href]) => [make("a", words(name, { account, viewer }).replace(/ \S+ $/, ""), { href }), " "]));
  };

  /* Reports as a file that `geosites import sightings` takes, or as text where nothing can be kept. */
  const COLUMNS = data.columns.split(" ");
  const rows = (items) => [COLUMNS.join(","), ...items.map(({ typed }) => COLUMNS.map((name) =>
    `"${String((name === "headcount" && typed.nobody ? 0 : typed[name]) ?? "").replace(/"/g, '""')}"`).join(","))].join("\n") + "\n";
  $("take-over").onclick = async () => {
    const items = (await own()).filter(({ state, typed }) => (state === "waiting" || state === "refused") && typed.observed_at && typed.lon);
    const href = URL.createObjectURL(new Blob([rows(items)], { type: "text/csv" }));
    make("a", "", { href, download: `geosites-${viewer}.csv` }).click();
  };
  const unkept = (items) => {
    $("lost").hidden = !items.length;
    if (items.length) $("lost-text").value = rows(items);
    onbeforeunload = items.length ? (event) => { event.returnValue = 1; } : null;
  };

  /* Sending: tried again and again, each report by itself, whatever the browser believes of the network. */
  let timer = 0, heard = -HELLO_MS;
  const hello = async () => {
    const began = ticks(), { said, kind } = await ask("/report/state", null);
    reach = said ? "ours" : kind || "nobody";
    if (!said) return;
    heard = ticks();
    account = said.login;
    if (!data.viewer && !viewer) location.reload();
    geosites.learn(said.now, heard - began);
  };
  const settled = async () => {
    const items = (await own()).filter(({ stamp, state }) => stamp && state === "waiting");
    for (const item of items) {
      const at = settle(item.stamp);
      const known = at ? { typed: { ...item.typed, observed_at: new Date(at).toISOString() } } : { state: "refused", kind: "when", problem: { said: say.when } };
      if (sure()) await queue.put({ ...item, stamp: null, ...known });
    }
    return items.length;
  };
  let working = null, pressed = false;
  const work = () => working ||= run().finally(() => {
    working = null;
    if (pressed) work();
  });
  const run = async () => {
    const all = pressed, greet = !sure() || reach !== "ours" || ticks() - heard > HELLO_MS;
    pressed = false;
    const [items] = await Promise.all([geosites.flush(viewer, all), greet && hello()]);
    if (await settled()) items.push(...await geosites.flush(viewer));
    for (const { kind, state } of items) if (state === "waiting" && kind !== "nobody") reach = kind;
    await show();
  };
  /* Asked for by a person, or by a network that came back: at once, whatever is under way. */
  const press = () => {
    pressed = true;
    geosites.hurry();
    return work();
  };
  const later = (waiting) => {
    clearTimeout(timer);
    if (!waiting.length) return;
    const next = Math.min(...waiting.map((one) => (one.next || 0) - Date.now()));
    timer = setTimeout(work, Math.min(6e4, Math.max(1e3, next)));
  };
  $("now").onclick = press;

  /* One thing happens to what is kept at a time, in the order in which it was asked for. */
  let chain = Promise.resolve();
  const keep = (work) => chain = chain.then(work, work);

  const read = (state) => {
    const typed = Object.fromEntries([...new FormData(form)].map(([name, text]) => [name, text.trim()]).filter(([, text]) => text));
    for (const name of ["made_by", "corrects", "confirmed", "offset"]) delete typed[name];
    for (const name of ["lon", "lat"]) if (typed[name]) typed[name] = typed[name].replace(",", ".");
    if (typed.headcount) typed.headcount = typed.headcount.replace(/\s/g, "");
    if (!typed.unit && unit) typed.unit = unit;
    let from = met || stamp(), unsure = null, seen = from.at;
    if (typed.observed_at) {
      const choices = typed.observed_at === before.text ? [before.at] : instants(typed.observed_at);
      seen = choices.length > 1 ? choices[field.offset.value === "+01:00" ? 1 : 0] : choices[0];
      if (seen) typed.observed_at = new Date(seen).toISOString();
    } else {
      typed.observed_at = new Date(seen).toISOString();
      if (!from.sure) unsure = from;
    }
    const { lon, site, nobody, headcount = "?" } = typed;
    const where = site ? chosen().text : lon ? near.name(point(typed)) : "?";
    const name = words("name", { at: clock(seen || from.at), place: where, heads: nobody ? say.nobody : headcount });
    const item = { id: typed.id, by: viewer, made: from.at, state, typed, name, stamp: unsure, seen, confirmed, at: seen };
    return edits ? { ...edits, ...item, tries: 0, kind: "" } : item;
  };
  const fresh = () => {
    form.reset();
    field.id.value = newId();
    field.accuracy_m.value = field.corrects.value = "";
    edits = met = null;
    confirmed = [];
    extra = [];
    before = {};
    $("correcting").hidden = $("twice").hidden = true;
    for (const name of ["place", "headcount", "observed_at"]) wrong(name, false);
    place.forget();
    since();
  };
  const resume = (item) => {
    const { typed, state, receipt } = item, edited = item.edited || state === "waiting";
    edits = state === "sent" ? { corrects: true } : { edited, corrects: item.corrects };
    confirmed = item.confirmed || [];
    extra = item.problem?.questions || [];
    for (const one of form) if (one.name && !["made_by", "confirmed", "observed_at"].includes(one.name)) one.type === "checkbox" ? one.checked = Boolean(typed[one.name]) : one.value = typed[one.name] || "";
    field.id.value = item.id;
    before = { at: Date.parse(receipt?.observed_at || typed.observed_at) };
    field.observed_at.value = local(before.at).slice(0, 19);
    before.text = field.observed_at.value;
    $("time").open = true;
    if (typed.lon) place.set({ ...point(typed), m: +typed.accuracy_m || 0, by: "kept" });
    if (state === "refused") $("other").open = true;
    $("correcting").hidden = state === "draft";
    if (state === "draft") edits = edited || item.corrects ? edits : null;
    else if (state !== "sent") keep(() => queue.put({ ...item, state: "draft", edited }));
    field.headcount.focus();
    return show();
  };
  $("stop").onclick = () => { fresh(); show(); };
  const withdraw = async (item) => {
    if (!await question(words("ask-withdraw", item), say.yes)) return;
    await queue.put({ ...item, state: "waiting", tries: 0, next: 0, withdraw: item.state === "sent" ? "sent" : true });
    latest = item.id;
    await show();
    await press();
    face();
  };

  /* What is being typed is a draft already, so that it outlives the page. */
  const has = () => field.headcount.value.trim() || field.nobody.checked;
  const save = () => {
    if (edits?.corrects) return;
    const item = has() && read("draft"), { id } = item || { id: field.id.value };
    return keep(() => item ? queue.put(item) : queue.remove(id));
  };
  const wrong = (name, is) => {
    $(`wrong-${name}`).hidden = !is;
    for (const one of form.querySelectorAll(`[aria-describedby=wrong-${name}]`)) one.setAttribute("aria-invalid", is);
    return is;
  };
  const since = () => {
    const old = met ? now() - met.at : 0;
    $("when").textContent = old > 6e4 ? words("counted", { at: clock(met.at), ago: ago(old) }) : "";
  };
  setInterval(since, ROUGH_MS);

  /* A question stands where the thumb is; nothing is sent before it is answered. */
  let answered = null;
  const question = (text, ...answers) => new Promise((resolve) => {
    answered?.(0);
    answered = (value) => {
      $("ask").hidden = true;
      answered = null;
      resolve(value);
    };
    $("ask-text").textContent = text;
    $("ask-answers").replaceChildren(...[...answers, say.back].map((label, n) => button(label, () => answered?.(n < answers.length && n + 1))));
    $("ask").hidden = false;
    $("ask-text").focus();
  });
  const chosen = () => field.site.selectedOptions[0];
  const siteApart = (typed) => {
    const { dataset } = chosen();
    if (!dataset.lon || !typed.lon) return 0;
    const apart = place.apart(point(typed), point(dataset));
    return apart > +dataset.m + (+field.accuracy_m.value || 0) + place.BESIDE_M ? apart : 0;
  };
  const there = () => {
    const { text: name, dataset } = chosen();
    place.set({ ...point(dataset), m: +dataset.m, by: "site", name });
  };
  const elsewhere = () => {
    $("time").open = $("other").open = true;
    field.observed_at.focus();
  };
  const previous = async ({ id, typed, at }) => (await own()).filter(is("waiting")).concat(sent.filter(({ withdrawn }) => !withdrawn))
    .find((one) => one.id !== id && one.typed.lon && Math.abs(one.at - at) < AGAIN_MS && place.apart(point(typed), point(one.typed))
      <= AGAIN_M + Math.min(100, +typed.accuracy_m || 0) + Math.min(100, +one.typed.accuracy_m || 0));
  /* Likely slips, each with its question. */
  const doubtful = async (item) => {
    const { typed, seen } = item, heads = +typed.headcount || 0, asked = [];
    if (heads > +data.heads) asked.push(["heads", words("ask-heads", { heads: number(heads) }), say.yes]);
    if (seen < now() - OLD_MS) asked.push(["old", words("ask-old", { at: new Date(seen).toLocaleDateString(lang, { timeZone: ZONE, dateStyle: "long" }) }), say.yes]);
    if (siteApart(typed)) asked.push(["site", words("ask-site", { km: km(siteApart(typed)), name: chosen().text }), say["site-there"], say["site-here"]]);
    const before = edits ? null : await previous(item);
    if (before) asked.push(["again", words("ask-again", before), say["again-other"], say["again-correct"], before]);
    for (const { code, text, about } of extra) if (!asked.some(([known]) => known === code)) asked.push([code, text, code === "again" ? say["again-other"] : say.yes, about && say["again-correct"], { id: about, state: "sent" }]);
    return asked.filter(([code]) => !confirmed.includes(code));
  };
  const agreed = async (item) => {
    for (const [code, text, yes, other, before] of await doubtful(item)) {
      const answer = await question(text, ...[yes, other].filter(Boolean));
      if (!answer) return false;
      if (answer === 2 && code === "again") {
        await keep(() => queue.remove(field.id.value));
        field.id.value = before.id;
        edits = before.state === "sent" ? { corrects: true } : { edited: true, corrects: before.corrects };
      } else if (code === "site" && answer === 2) field.site.value = "";
      else if (code === "site") {
        there();
        if (!field.observed_at.value) return elsewhere(), false;
      } else confirmed = [...confirmed, code];
    }
    return true;
  };
  const mistaken = ({ typed, seen }) => {
    const { nobody, headcount, lon, lat, accuracy_m: m, site } = typed, when = field.observed_at.value;
    const found = [
      wrong("place", !(lon && lat && isFinite(lon) && isFinite(lat)) || +m > place.FAR_M && !site) && (lon ? "site" : "lon"),
      wrong("headcount", nobody ? +headcount > 0 : !/^\d{1,6}$/.test(headcount)) && "headcount",
      wrong("observed_at", !seen || seen > now() + 6e4 || when && when !== before.text && instants(when).length > 1 && !field.offset.value) && "observed_at",
    ].filter(Boolean);
    if (!found.length) return false;
    for (const name of found) if (field[name].closest("details")) field[name].closest("details").open = true;
    field[found[0]].focus();
    return true;
  };
  let busy = false;
  form.onsubmit = async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true; // a second tap finds nothing to send
    try {
      if (!mistaken(read("waiting")) && await agreed(read("waiting")) && !mistaken(read("waiting"))) await hand(read("waiting"));
    } finally { busy = false; }
  };
  const hand = async (item) => {
    await keep(() => queue.put(item));
    latest = item.id;
    fresh();
    await show();
    face();
    navigator.storage?.persist?.().then((granted) => { safe = granted; });
    navigator.serviceWorker?.ready.then(({ sync }) => sync?.register("reports")).catch(() => {});
    // Nobody has to wait for the network before the next report.
    work().then(async () => {
      const [asked] = (await own()).filter(({ id, kind, state }) => id === item.id && state === "refused" && kind === "unconfirmed");
      if (asked) doubted(asked);
    });
  };
  /* The server asked something that this device could not know. */
  const doubted = async (item) => {
    const [{ code, text, about }] = item.problem.questions, again = code === "again" && about;
    const answer = await question(`${item.name}. ${text}`, ...(again ? [say["again-other"], say["again-correct"]] : [say.yes]));
    if (!answer) return;
    const next = { ...item, state: "waiting", tries: 0, next: 0, confirmed: [...item.confirmed, code] };
    if (answer === 2) {
      await queue.remove(item.id);
      Object.assign(next, { id: about, corrects: true, typed: { ...item.typed, id: about } });
    }
    return hand(next);
  };
  $("keep").onclick = () => save().then(() => { fresh(); return show(); });
  const begun = () => {
    if (!has()) return;
    met ||= stamp();
    place.take();
    since();
  };
  for (const step of form.querySelectorAll("[data-step]")) {
    step.hidden = false;
    step.onclick = () => {
      field.headcount.value = Math.max(0, (parseInt(field.headcount.value.replace(/\D/g, ""), 10) || 0) + +step.dataset.step);
      field.nobody.checked = false;
      begun();
      save();
    };
  }
  form.oninput = ({ target: { name } }) => {
    if (name === "nobody") field.headcount.value = "";
    if (name === "headcount") field.nobody.checked = false;
    if (name === "lon" || name === "lat") place.typed();
    if (name === "observed_at") $("twice").hidden = instants(field.observed_at.value).length < 2;
    if (name === "site" && field.site.value && (!field.lon.value || place.current()?.by === "site" || +field.accuracy_m.value > place.FAR_M)) there();
    if (name === "nobody" || name === "headcount") begun();
    save();
  };

  $("place").hidden = $("keep").hidden = $("key").hidden = $("elsewhere").hidden = false;
  let near = null;
  const place = geosites.place({ form, say, words, km, ago, count: has, changed: () => {
    if (field.lon.value) wrong("place", false);
    if (near) near.list();
  } });
  near = geosites.near({ say: { ...say, ...data }, words, form, km, by: viewer, place });
  $("elsewhere").onclick = () => {
    place.set({ by: "none" });
    if (field.site.value) there();
    elsewhere();
    field.site.focus();
  };
  $("mine").addEventListener("click", () => { met = has() ? stamp() : null; since(); });

  if (data.now) geosites.learn(data.now, 2 * (ticks() - (performance.getEntriesByType("navigation")[0]?.responseStart || 0)));
  reach = data.now ? "ours" : "";
  heard = data.now ? ticks() : heard;
  const given = field.corrects.value && read("sent");
  if (given) {
    for (const one of form.elements) Object.assign(one, { defaultValue: "", defaultChecked: false });
    for (const one of form.querySelectorAll("[selected]")) one.defaultSelected = false;
  }
  fresh();
  if (given) resume({ ...given, receipt: { observed_at: given.typed.observed_at } });
  addEventListener("online", () => { press(); near.around(); });
  document.addEventListener("visibilitychange", () => document.hidden || work());
  navigator.serviceWorker?.addEventListener("message", show);
  adopt().then(show).then(work);
  near.around();
  navigator.serviceWorker?.register(`${geosites.root}/worker.js`).catch(() => {});
})();
