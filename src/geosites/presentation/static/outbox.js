/* Reports on this device, written before anything is sent: in its database and in plain storage. */
"use strict";

Object.assign(geosites, (() => {
  const LOCAL = "geosites-reports", LATE_MS = 2e3, REST_MS = 1e4;
  const ticks = () => performance.now();
  const storage = (() => { try { return self.localStorage; } catch { return null; } })();

  /* Small things, forgotten where nothing can be kept. */
  const recall = (name) => { try { return JSON.parse(storage[name]); } catch { return {}; } };
  const retain = (name, value) => { try { storage[name] = JSON.stringify(value); } catch { /* full, or none */ } };

  /* What a browser never answers is given up, without a reason. */
  const within = (work) => new Promise((resolve, reject) => {
    work(resolve, reject);
    setTimeout(reject, LATE_MS);
  });
  let opened = null, rests = 0;
  const open = () => opened ||= within((resolve, reject) => {
    const asked = indexedDB.open("geosites");
    asked.onupgradeneeded = () => asked.result.createObjectStore("reports", { keyPath: "id" });
    asked.onsuccess = () => {
      const database = asked.result;
      database.onclose = database.onversionchange = () => { database.close(); opened = null; };
      resolve(database);
    };
    asked.onerror = asked.onblocked = reject;
  });
  const tried = async (act, ...of) => {
    const work = (await open()).transaction("reports", "readwrite", { durability: "strict" });
    const asked = work.objectStore("reports")[act](...of);
    return within((resolve, reject) => {
      work.oncomplete = () => resolve(asked.result);
      work.onabort = reject;
    });
  };
  // A browser closes its database when it pleases: open it once more before giving up. One that does
  // not answer is left alone for a while, or each step would wait for it.
  const database = async (...asked) => {
    if (rests > ticks()) throw rests;
    return tried(...asked).catch((why) => {
      opened = null;
      if (why) return tried(...asked);
      rests = ticks() + REST_MS;
      throw why;
    });
  };

  const setAside = (id, item) => {
    if (!storage) return;
    const all = recall(LOCAL);
    if (!item && !all[id]) return;
    if (item) all[id] = item;
    else delete all[id];
    storage[LOCAL] = JSON.stringify(all);
  };
  const memory = new Map(); // what could be kept nowhere is there until the page is left
  const queue = {
    all: async () => {
      const found = new Map((await database("getAll").catch(() => [])).map((one) => [one.id, one]));
      for (const one of [...Object.values(recall(LOCAL)), ...memory.values()]) if (!(found.get(one.id)?.rev > one.rev)) found.set(one.id, one);
      return [...found.values()].filter(({ state }) => state !== "gone").sort((a, b) => a.made - b.made);
    },
    put: async (item) => {
      const next = { ...item, rev: (item.rev || 0) + 1 };
      memory.delete(next.id);
      let kept = false; // twice, since either may be erased by the browser alone
      try { setAside(next.id, next); kept = Boolean(storage); } catch { /* full, or none */ }
      await database("put", next).catch(() => kept || memory.set(next.id, { ...next, unkept: true }));
      return next;
    },
    remove: (id) => memory.delete(id) || database("delete", id).then(() => setAside(id), () => setAside(id, { id, state: "gone", rev: 1e9 })),
  };

  const newId = () => crypto.randomUUID ? crypto.randomUUID()
    : "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (digit) =>
      (digit ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (digit / 4)))).toString(16));

  /* Signing out erases what this account keeps here, and says first how many reports that would be. */
  const line = self.document && document.getElementById("unsent");
  const own = async () => (await queue.all()).filter(({ by, state }) => by === storage.viewer && state !== "sent");
  const unsent = async () => {
    if (!line) return;
    const kept = await own();
    line.hidden = !kept.length;
    line.firstChild.textContent = kept.length;
  };
  const forget = async () => {
    const again = line.querySelector("[data-again]");
    if ((await own()).length && again.hidden) {
      line.hidden = again.hidden = false;
      return false;
    }
    for (const { by, id } of await queue.all()) if (by === storage.viewer) await queue.remove(id);
    for (const name of ["viewer", "unit", "geosites-area"]) storage.removeItem(name);
    return true;
  };
  const leave = line && line.closest("form");
  if (leave) leave.onsubmit = (event) => {
    event.preventDefault();
    forget().catch(() => true).then((gone) => gone && leave.submit());
  };
  setTimeout(unsent, 300);

  return { ticks, storage, recall, retain, queue, newId, unsent };
})());
