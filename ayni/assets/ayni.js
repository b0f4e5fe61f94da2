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

// Passkeys (WebAuthn level 3): the form is sent with what the browser answers.
function asked(form, options) {
  return form.dataset.passkey === "create"
    ? navigator.credentials.create({
        publicKey: PublicKeyCredential.parseCreationOptionsFromJSON({
          ...options.creation_options.publicKey,
          authenticatorSelection: { residentKey: "required", userVerification: "required" },
        }),
      })
    : navigator.credentials.get({
        publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(
          options.request_options.publicKey,
        ),
      });
}
async function optionsOf(form) {
  const from = form.dataset.optionsFrom;
  if (!from) {
    return JSON.parse(document.getElementById("js_data").textContent);
  }
  const answer = await fetch(from, { headers: { Accept: "application/json" } });
  return answer.json();
}
for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential?.parseCreationOptionsFromJSON) {
    continue;
  }
  form.querySelector("[data-passkey-able]").hidden = false;
  form.querySelector("[data-passkey-unable]")?.remove();
  form.addEventListener("submit", async (event) => {
    const kept = form.elements.credential;
    event.preventDefault();
    try {
      kept.value = JSON.stringify((await asked(form, await optionsOf(form))).toJSON());
    } catch {
      form.querySelector("[data-passkey-failed]").hidden = false;
      return;
    }
    form.submit();
  });
}
