/* The import page: no second press, how much went up, and how far the file is. */
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

async function follow() {
  if (!document.getElementById("under-way")) return;
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const now = page.getElementById("under-way");
    if (!now || answer.redirected) return location.replace(answer.url);
    document.getElementById("under-way").replaceChildren(...now.childNodes);
  } catch { /* no network: asked again */ }
  setTimeout(follow, 1000);
}
follow();
