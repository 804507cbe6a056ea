/* The forms of the import page while they are sent: no second press, and how much went up. */
"use strict";

for (const form of document.querySelectorAll("form.waits")) {
  form.addEventListener("submit", (event) => {
    const bar = form.querySelector("progress"), file = form.querySelector("[type=file]");
    form.querySelector("button").disabled = true;
    bar.hidden = false;
    if (!file) return;
    event.preventDefault();
    const request = new XMLHttpRequest();
    request.upload.onprogress = ({ loaded, total }) => {
      if (loaded < total) { bar.max = total; bar.value = loaded; } else bar.removeAttribute("value");
    };
    request.onload = () => {
      if (request.status < 400) return location.assign(request.responseURL);
      document.open(); document.write(request.responseText); document.close();
    };
    request.onerror = () => { form.querySelector("button").disabled = false; bar.hidden = true; };
    request.open("POST", form.action);
    request.send(new FormData(form));
  });
}
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("form.waits button")) button.disabled = false;
  for (const bar of document.querySelectorAll("form.waits progress")) bar.hidden = true;
});
