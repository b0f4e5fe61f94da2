// Every page works without this file. It adds focus on errors, guards against double clicks,
// shows conditional questions, and the keyboard way out of the public pages.
import {
  Button,
  CharacterCount,
  Checkboxes,
  ErrorSummary,
  ExitThisPage,
  NotificationBanner,
  Radios,
  SkipLink,
  createAll,
} from "govuk-frontend/dist/govuk/all.mjs";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
for (const component of [
  Checkboxes,
  ErrorSummary,
  ExitThisPage,
  NotificationBanner,
  Radios,
  SkipLink,
]) {
  createAll(component);
}
createAll(Button, { preventDoubleClick: true });
const counted = document.querySelector("[data-module='govuk-character-count']");
if (counted) {
  createAll(CharacterCount);
}
for (const control of document.querySelectorAll("[data-print]")) {
  control.hidden = false;
  control.addEventListener("click", () => window.print());
}
