/* What time it is by the server, whatever the clock of this device says. */
"use strict";

Object.assign(geosites, (() => {
  const STEP_MS = 3e4, UNSURE_MS = 12e4, SLOW_MS = 2e4, PAGE = geosites.newId(), KEY = "geosites-clock";
  const { ticks, recall, retain } = geosites, { abs } = Math;
  let known = null;
  /* By how much the clock is behind the server's; how often it was seen to go back, in all and when that was learned. */
  let kept = { offset: 0, then: 0, back: 0, date: 0 };
  const look = (more) => {
    const date = Date.now();
    Object.assign(kept, recall(KEY));
    kept = { ...kept, back: kept.back + (date < kept.date - STEP_MS), date };
    if (more) Object.assign(kept, more, { then: kept.back });
    retain(KEY, kept);
  };
  setInterval(() => look(), STEP_MS);
  look();

  /* Told by our server: its time, and how long the answer took to come. */
  const learn = (iso, spent) => {
    if (!(spent < SLOW_MS)) return;
    known = { date: Date.now(), tick: ticks() };
    look({ offset: Math.round(Date.parse(iso) + spent / 2 - known.date) });
  };
  /* By how much the clock went further than the count of the machine, which stops while a phone sleeps. */
  const jump = ({ date, tick }) => Date.now() - date - (ticks() - tick);
  const sure = () => Boolean(known) && abs(jump(known)) < STEP_MS;
  const now = () => Date.now() + kept.offset;
  const stamp = () => {
    look();
    return { at: now(), sure: sure(), date: kept.date, tick: ticks(), page: PAGE, offset: kept.offset, then: kept.then };
  };

  /* When something was that was stamped before the server's time was known; null where nobody can say. */
  const settle = (it) => {
    if (!sure()) return null;
    const put = it.offset - kept.offset;
    if (it.page === PAGE) {
      if (abs(jump(it)) < STEP_MS) return it.date + kept.offset;
      if (abs(jump(it) - put) < STEP_MS) return it.date + it.offset;
    }
    return abs(put) < UNSURE_MS && it.then === kept.back ? it.date + kept.offset : null;
  };
  return { learn, sure, now, stamp, settle, ahead: () => -kept.offset };
})());
