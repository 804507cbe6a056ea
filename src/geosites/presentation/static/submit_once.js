/* A form is sent once, however often its button is pressed while the answer is awaited. */
"use strict";

onsubmit = (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.sent) event.preventDefault();
  form.sent = true;
  setTimeout(() => { form.sent = false; }, 2e4);
};
