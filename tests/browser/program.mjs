// The wizard as a program: started, spoken to by its pages, killed.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

// Starts the wizard and comes back with the address of its pages.
export async function startWizard({ tidegate, storage, anchor, gateway = {}, environment = {} }) {
  const child = spawn(
    tidegate,
    ["cert", "wizard", "--browser", "--no-open", "--while-stdin-open", "--storage", storage, "--anchor", anchor],
    { stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, ...gateway, ...environment } },
  );
  let said = "";
  child.stderr.on("data", (chunk) => { said += chunk; });
  const ended = new Promise((resolve) => child.once("exit", (code, signal) => resolve({ code, signal })));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { value: url } = await lines.next();
  if (!url?.startsWith("http://127.0.0.1:")) throw new Error(`the wizard did not start: ${url}\n${said}`);
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
