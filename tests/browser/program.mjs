// The programs: started, found by what they print or write, killed.
import { spawn } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { fail } from "./check.mjs";

// Starts a gateway for the merchants of the sandbox in `data`, with a store of its own in `folder`.
export async function startGateway({ tidegate, data, folder }) {
  const found = join(data, "gateway.json");
  rmSync(found, { force: true });
  const child = spawn(
    tidegate,
    ["serve", "--sandbox", data, "--listen", "127.0.0.1:0", "--store", `sqlite:${join(folder, "store.db")}`],
    { stdio: ["ignore", "ignore", "ignore"] },
  );
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const until = Date.now() + 30_000;
  while (!existsSync(found)) {
    if (child.exitCode !== null || Date.now() > until) fail("the gateway did not start");
    await wait(50);
  }
  return {
    async kill() {
      child.kill("SIGKILL");
      return ended;
    },
  };
}

// Starts the wizard and comes back with the address of its pages.
export async function startWizard({ tidegate, storage, anchor, more = [], environment = {} }) {
  const child = spawn(
    tidegate,
    ["cert", "wizard", "--browser", "--no-open", "--while-stdin-open", "--storage", storage, "--anchor", anchor, ...more],
    { stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, ...environment } },
  );
  let said = "";
  child.stderr.on("data", (chunk) => { said += chunk; });
  const ended = new Promise((resolve) => child.once("exit", (code, signal) => resolve({ code, signal })));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { value: url } = await lines.next();
  if (!url?.startsWith("http://127.0.0.1:")) fail(`the wizard did not start: ${url}\n${said}`);
  return {
    url,
    origin: new URL(url).origin,
    // Comes back when it has ended, and says how.
    ended,
    async kill() {
      child.kill("SIGKILL");
      return ended;
    },
    async stop() {
      child.stdin.end();
      return ended;
    },
  };
}
