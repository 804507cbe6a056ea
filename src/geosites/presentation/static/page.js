/* What our scripts share, and the line by the sign-out button. */
"use strict";

const geosites = (() => {
  const at = (id) => document.getElementById(id);
  const make = (name, text, more) => Object.assign(document.createElement(name), { textContent: text, ...more });

  const fetched = async (url) => {
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`${answer.status} for ${url}`);
    return answer;
  };

  /* The queue of reports on this device: one item a report, written before anything is sent. */
  const opened = () => new Promise((resolve, reject) => {
    const asked = indexedDB.open("geosites");
    asked.onupgradeneeded = () => asked.result.createObjectStore("reports", { keyPath: "id" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = reject;
  });
  let store;
  const queue = async (act, ...of) => {
    const work = (await (store ||= opened())).transaction("reports", "readwrite");
    const asked = work.objectStore("reports")[act](...of);
    return new Promise((resolve, reject) => {
      work.oncomplete = () => resolve(asked.result);
      work.onabort = reject;
    });
  };

  /* Signing out erases what is kept here: how many reports that would be. */
  const unsent = async () => {
    const line = at("unsent");
    if (!line || !localStorage.viewer) return;
    const kept = (await queue("getAll")).filter(({ state }) => state !== "expired");
    line.hidden = !kept.length;
    line.firstChild.textContent = kept.length;
  };
  setTimeout(unsent, 300);

  return { at, make, fetched, queue, unsent };
})();
