// Looks what has become of a page that is being saved, and shows the page about it anew once there is an end.
"use strict";
const progress = document.getElementById("progress");
const seconds = document.getElementById("seconds");
async function look() {
  try {
    const answer = await fetch(progress.dataset.twin, { headers: { Accept: "application/json" } });
    const told = await answer.json();
    if (answer.ok && told.status !== "pending") {
      location.reload();
      return;
    }
    if (answer.ok) seconds.textContent = told.seconds + " seconds";
  } catch {
    // The server may be away for a moment; the next look tells.
  }
  setTimeout(look, 2000);
}
if (progress) setTimeout(look, 1000);
