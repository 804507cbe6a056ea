/* Sending what is kept. Only a receipt of ours with the same id is success, only a problem of ours a refusal. */
"use strict";

Object.assign(geosites, (() => {
  const RECEIPT = "application/vnd.geosites.receipt+json", PROBLEM = "application/problem+json", OURS = "/problems#";
  const TRY_MS = 15e3, FIRST_MS = 2e3, LONGEST_MS = 3e5;
  /* Of these problems the report is not the cause: it waits. */
  const LATER = ["error", "not-signed-in", "other-account", "account-unfinished", "too-many-tries", "store-unavailable"];
  const { queue } = geosites;
  /* The path under which a proxy serves us; the worker knows it by its own address. */
  const root = self.document ? document.documentElement.dataset.root || "" : location.pathname.slice(0, -"/worker.js".length);

  /* What is under way ends by itself, or as soon as a person asks for it anew. */
  const underway = new Set();
  const ending = (ms) => {
    const given = new AbortController();
    underway.add(given);
    setTimeout(() => underway.delete(given) && given.abort(), ms);
    return given.signal;
  };
  const hurry = () => {
    for (const one of underway) one.abort();
    underway.clear();
  };
  /* What our server says: {said} of a receipt, {problem} of a problem; neither where it was not ours. */
  const ask = async (url, by, body, ms = TRY_MS) => {
    const headers = { Accept: RECEIPT };
    if (self.document) headers["Accept-Language"] = document.documentElement.lang;
    if (by !== null) headers["Geosites-Made-By"] = encodeURIComponent(by);
    if (body) headers["Content-Type"] = "application/json";
    try {
      const answer = await fetch(root + url, {
        method: body ? "POST" : "GET", body: body && JSON.stringify(body), headers,
        cache: "no-store", redirect: "error", signal: ending(ms),
      });
      const type = answer.headers.get("Content-Type") || "";
      if (answer.ok && type.startsWith(RECEIPT)) return { said: await answer.json() };
      const problem = type.startsWith(PROBLEM) ? await answer.json() : {};
      const [, kind] = String(problem.type).split(OURS);
      return kind ? { problem, kind } : {};
    } catch {
      return {};
    }
  };

  const post = async (item) => {
    const { id, by, corrects, edited, withdraw, typed: { nobody, ...typed } = {}, confirmed = [] } = item, url = "/api/sightings";
    const act = (name, body) => ask(`${url}/${id}/${name}`, by, body);
    if (withdraw === "sent") return act("withdraw", {});
    const evictable = await navigator.storage?.persisted?.() === false;
    const body = { ...typed, confirmed, evictable, headcount: nobody ? "0" : typed.headcount };
    let found = await (corrects ? act("correct", body) : ask(url, by, body));
    // What was changed after a try whose answer was lost may be there already, as it was.
    if (found.kind === "conflict" && edited) found = await act("correct", body);
    return found.said && withdraw ? act("withdraw", {}) : found;
  };

  /* Try one report: it becomes `sent` or `refused`, or waits for its own next try. */
  const send = async (item) => {
    const { said, problem, kind } = await post(item);
    if (said?.id === item.id) return queue.put({ ...item, state: "sent", receipt: said, withdrawn: Boolean(item.withdraw) });
    if (problem && !LATER.includes(kind)) return queue.put({ ...item, state: "refused", problem, kind });
    const tries = (item.tries || 0) + 1, wait = Math.min(FIRST_MS * 2 ** tries, LONGEST_MS);
    return queue.put({ ...item, tries, next: Date.now() + wait, kind: kind || "nobody" });
  };
  /* A clock that was put back does not hold a report up: nobody waits for longer than the longest. */
  const due = ({ next = 0 }) => !(next > Date.now() && next <= Date.now() + LONGEST_MS);
  /* One tab or worker sends at a time; who asks for it waits for none, since the server records an id once. */
  const flush = (by, all) => {
    const work = async () => {
      const items = (await queue.all()).filter((one) => one.state === "waiting" && !one.stamp && (!by || one.by === by));
      return Promise.all(items.filter((one) => all || due(one)).map(send));
    };
    return by && all || !self.navigator.locks ? work()
      : navigator.locks.request("reports", { signal: ending(TRY_MS) }, work).catch(work);
  };

  return { ask, ending, hurry, flush, root };
})());
