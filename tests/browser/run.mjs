// Drives the certificate tool's pages and the sandbox's Merchant Platform together, as the people do who use both.
//
//   node run.mjs TIDEGATE DATA OUT [--kill-points] [--only=WORDS]
//
// TIDEGATE is the program, DATA the folder of a sandbox that runs with a virtual clock, OUT a folder for what the scenarios
// leave behind; pictures of the pages are there if one fails. --kill-points: the program can end itself at named points.
// --only: the scenarios with these words in their names.
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { chromium } from "playwright-core";
import { fail } from "./check.mjs";
import { SCENARIOS } from "./scenarios.mjs";

// Debian's, which `./test` installs; none is downloaded.
const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) => existsSync(path));
const [tidegate, data, out] = process.argv.slice(2, 5).map((path) => resolve(path));
const flags = process.argv.slice(5);
const world = JSON.parse(readFileSync(join(data, "world.json"), "utf8"));
const anchor = join(data, "CertTrustChain.p7b");

async function control(method, path, body) {
  const answer = await fetch(`${world.control}${path}`, { method, body: body && JSON.stringify(body) });
  if (!answer.ok) fail(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.status === 204 ? null : answer.json();
}

// A stage for one scenario: its own cookies and clipboard, and no way to any other machine.
class Stage {
  constructor(browser, name) {
    const folder = join(out, name.replaceAll(/[^a-z]+/g, "-"));
    const storage = join(folder, "storage");
    mkdirSync(folder, { recursive: true });
    Object.assign(this, { browser, folder, storage, tidegate, data, anchor, control, platformUrl: world.merchant_platform });
    this.contexts = [];
    this.programs = [];
    this.complaints = [];
    this.hasKillPoints = flags.includes("--kill-points");
  }

  async context(options) {
    const context = await this.browser.newContext({ permissions: ["clipboard-read", "clipboard-write"], ...options });
    context.setDefaultTimeout(15_000);
    await context.route("**/*", (route) => {
      const { hostname } = new URL(route.request().url());
      if (hostname === "127.0.0.1") return route.continue();
      this.complaints.push(`a page asks ${route.request().url()}`);
      return route.abort();
    });
    context.on("weberror", (error) => this.complaints.push(`a script failed: ${error.error()}`));
    context.on("console", (message) => {
      const isRefusal = message.text().startsWith("Failed to load resource");
      if (message.type() === "error" && !isRefusal) this.complaints.push(message.text());
    });
    this.contexts.push(context);
    return context;
  }

  async takePictures() {
    const pages = this.contexts.flatMap((context) => context.pages());
    const taken = pages.map((page, at) => page.screenshot({ path: join(this.folder, `page-${at}.png`), fullPage: true }));
    await Promise.allSettled(taken);
  }

  async clear() {
    await Promise.allSettled(this.contexts.map((context) => context.close()));
    await Promise.all(this.programs.map((program) => program.kill()));
  }
}

async function play(browser, name, scenario) {
  const stage = new Stage(browser, name);
  const began = Date.now();
  try {
    await scenario(stage);
    if (stage.complaints.length > 0) fail(stage.complaints.join("\n"));
    console.log(`${name}: well, ${Date.now() - began} ms`);
    return true;
  } catch (error) {
    await stage.takePictures();
    console.log(`${name}: FAILED, see ${stage.folder}\n${error.stack}`);
    return false;
  } finally {
    await stage.clear();
  }
}

if (!CHROMIUM) fail("chromium is missing; `./test` installs it");
// The platform's clock goes to the wall's, by which the tool judges what the platform issues.
await control("POST", "/control/clock", { to: new Date().toISOString() });
const browser = await chromium.launch({ executablePath: CHROMIUM });
const only = flags.find((flag) => flag.startsWith("--only="))?.slice("--only=".length) ?? "";
let isWell = true;
for (const [name, scenario] of Object.entries(SCENARIOS).filter(([name]) => name.includes(only))) {
  isWell = (await play(browser, name, scenario)) && isWell;
}
await browser.close();
process.exit(isWell ? 0 : 1);
