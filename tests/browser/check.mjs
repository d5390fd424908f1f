// What a scenario expects, said when it is not so.
import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

export function fail(message) {
  throw new Error(message);
}

export function equal(found, expected, what) {
  if (found !== expected) fail(`${what}: found ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`);
}

export function includes(text, part, what) {
  if (!text?.includes(part)) fail(`${what}: ${JSON.stringify(part)} is not in ${JSON.stringify(text)}`);
}

// A page that is wider than its window has to be scrolled sideways.
export async function fitsItsWidth(page, what) {
  const { content, window } = await page.evaluate(() => ({
    content: document.documentElement.scrollWidth,
    window: document.documentElement.clientWidth,
  }));
  if (content > window) fail(`${what} is ${content} pixels wide in a window of ${window}`);
}

function openssl(...args) {
  return execFileSync("openssl", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

// The set of files that a folder must hold in the end, by a program that is not ours.
export function filesAreRight(folder, mchid) {
  const at = (name) => join(folder, name);
  for (const name of ["apiclient_key.pem", "apiclient_cert.p12"]) {
    equal((statSync(at(name)).mode & 0o777).toString(8), "600", `the rights of ${name}`);
  }
  const ofKey = openssl("pkey", "-in", at("apiclient_key.pem"), "-pubout");
  equal(openssl("x509", "-in", at("apiclient_cert.pem"), "-noout", "-pubkey"), ofKey, "the certificate's key");
  includes(openssl("x509", "-in", at("apiclient_cert.pem"), "-noout", "-subject"), mchid, "the certificate's subject");
  const bundle = ["pkcs12", "-in", at("apiclient_cert.p12"), "-passin", `pass:${mchid}`, "-nodes"];
  includes(openssl(...bundle, "-nocerts"), "PRIVATE KEY", "the bundle's key");
  includes(openssl(...bundle, "-nokeys"), "BEGIN CERTIFICATE", "the bundle's certificate");
  includes(readFileSync(at("证书使用说明.txt"), "utf8"), mchid, "the explanation");
}
