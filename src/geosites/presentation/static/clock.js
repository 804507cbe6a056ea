/* What time it is by the server, whatever the clock of this device says. */
"use strict";

Object.assign(geosites, (() => {
  const STEP_MS = 3e4, UNSURE_MS = 12e4, SLOW_MS = 2e4, PAGE = geosites.newId(), KEY = "geosites-offset";
  const { storage } = geosites;
  let known = null, last = 0;
  try { last = +storage[KEY] || 0; } catch { /* nothing is kept here */ }

  /* Told by our server: its time, and how long the answer took to come. */
  const learn = (iso, spent) => {
    if (!(spent < SLOW_MS)) return;
    const date = Date.now();
    known = { date, tick: performance.now() };
    last = Math.round(Date.parse(iso) + spent / 2 - date);
    try { storage[KEY] = last; } catch { /* nor kept */ }
  };
  /* The count of the machine and its clock agree: nobody has put the clock since the server was asked. */
  const sure = () => Boolean(known) && Math.abs(Date.now() - known.date - (performance.now() - known.tick)) < STEP_MS;
  const now = () => Date.now() + last;
  const stamp = () => ({ at: now(), sure: sure(), date: Date.now(), tick: performance.now(), page: PAGE, offset: last });

  /* When something was that was stamped before the server's time was known; null where nobody can say. */
  const settle = ({ date, tick, page, offset }) => {
    if (!sure()) return null;
    if (Math.abs(last - offset) < UNSURE_MS) return date + last;
    return page === PAGE ? now() - (performance.now() - tick) : null;
  };
  return { learn, sure, now, stamp, settle, ahead: () => -last };
})());
