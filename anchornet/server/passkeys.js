// Passkeys: asks the browser for one, and hands what it signs to the server.

const toBytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

async function ask(path, body) {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  const content = await answer.json();
  if (!answer.ok) throw new Error(content.problem);
  return content;
}

function written(credential, names) {
  const response = {};
  for (const name of names) {
    if (credential.response[name]) response[name] = toText(credential.response[name]);
  }
  const { id, type } = credential;
  return JSON.stringify({ id, rawId: id, type, response, clientExtensionResults: {} });
}

async function add(form) {
  const current = form.current ? form.current.value : "";
  const options = await ask("/account/passkey/ask", { current });
  options.challenge = toBytes(options.challenge);
  options.user.id = toBytes(options.user.id);
  for (const one of options.excludeCredentials) one.id = toBytes(one.id);
  const made = await navigator.credentials.create({ publicKey: options });
  const answer = written(made, ["clientDataJSON", "attestationObject"]);
  await ask("/account/passkey", { name: form.device.value, answer });
  location.assign("/account?passkey");
}

async function signIn() {
  const options = await ask("/sign-in/passkey/ask", {});
  options.challenge = toBytes(options.challenge);
  const used = await navigator.credentials.get({ publicKey: options });
  const names = ["clientDataJSON", "authenticatorData", "signature", "userHandle"];
  const { to } = await ask(`/sign-in/passkey${location.search}`, { answer: written(used, names) });
  location.assign(to);
}

const WORDS = {
  NotAllowedError: "No passkey was used. Try again.",
  InvalidStateError: "This device has a passkey for you already.",
  SecurityError: "Passkeys work at the network's own address only. Ask whoever runs the network.",
};

function begin(act, problem) {
  problem.hidden = true;
  act().catch((why) => {
    problem.textContent = WORDS[why.name] || why.message;
    problem.hidden = false;
  });
}

const box = document.getElementById("passkey");
if (box && window.PublicKeyCredential) {
  box.hidden = false;
  const problem = box.querySelector("[role=alert]");
  const form = box.querySelector("form");
  if (form) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      begin(() => add(form), problem);
    });
  } else {
    box.querySelector("button").addEventListener("click", () => begin(signIn, problem));
  }
}
