// Drives the real VS Code workbench: sees a diagnostic, mounts by the command palette, unmounts.
// Environment: SYSSPEC_BINARY, SPECS (a copy of the workspace), MOUNTPOINT (an empty folder), VSIX, VSCODE (where
// install-vscode.sh put it), SHOTS (where screenshots go).
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const { SYSSPEC_BINARY, SPECS, MOUNTPOINT, VSIX, VSCODE, SHOTS } = process.env;
const { chromium } = createRequire(join(VSCODE, "workbench/"))("playwright-core");
const server = join(VSCODE, "workbench/node_modules/.bin/code-server");

const scratch = mkdtempSync(join(tmpdir(), "sysspec-vscode-"));
const userData = join(scratch, "user");
const extensions = join(scratch, "extensions");
mkdirSync(join(userData, "User"), { recursive: true });
writeFileSync(
  join(userData, "User/settings.json"),
  JSON.stringify({
    "sysspec.path": SYSSPEC_BINARY,
    "sysspec.mountpoint": MOUNTPOINT,
    "security.workspace.trust.enabled": false,
    "telemetry.telemetryLevel": "off",
    "update.mode": "none",
    "workbench.startupEditor": "none",
    "chat.disableAIFeatures": true,
    "extensions.ignoreRecommendations": true,
    "files.autoSave": "off",
  }),
);
const folders = ["--user-data-dir", userData, "--extensions-dir", extensions];

const freePort = () =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });

async function until(what, condition, seconds = 90) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
    if (await condition()) return console.log(`seen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`no ${what} within ${seconds} s`);
}

const isMounted = () =>
  readFileSync("/proc/self/mounts", "utf8").split("\n").some((line) => line.split(" ")[1] === MOUNTPOINT);

async function palette(page, title) {
  await page.keyboard.press("F1");
  await page.locator(".quick-input-widget input").fill(`>${title}`);
  await page.locator(".quick-input-list .monaco-list-row", { hasText: title }).first().click();
}

async function drive(page, port) {
  await page.goto(`http://127.0.0.1:${port}/?folder=${SPECS}`);
  await page.locator(".monaco-workbench").waitFor();
  await page.locator(".explorer-folders-view .monaco-list-row", { hasText: /^util$/ }).first().click();
  await page.locator(".explorer-folders-view .monaco-list-row", { hasText: "name_hash.spec" }).dblclick();
  await page.locator(".editor-instance .view-lines .view-line").first().waitFor();
  await page.keyboard.press("Control+Home");
  await page.keyboard.type("[GUARANTE]");
  await page.keyboard.press("Enter");
  await page.locator(".squiggly-error, .squiggly-warning").first().waitFor();
  console.log("seen: a diagnostic under the misspelt heading");
  await page.screenshot({ path: join(SHOTS, "vscode-diagnostic.png") });
  await page.keyboard.press("Control+Z");
  await page.keyboard.press("Control+Z");
  await page.locator(".statusbar-item", { hasText: /\d+ proved/ }).first().waitFor();
  console.log("seen: the state of its obligations in the status bar");

  await palette(page, "SysSpec: Generate & Mount");
  await until("the mount", isMounted, 180);
  writeFileSync(join(MOUNTPOINT, "file"), "written beside VS Code");
  if (readFileSync(join(MOUNTPOINT, "file"), "utf8") !== "written beside VS Code") throw new Error("the file does not read back");
  await page.screenshot({ path: join(SHOTS, "vscode-mounted.png") });
  await palette(page, "SysSpec: Unmount");
  await until("the unmount", () => !isMounted());
}

const installed = spawnSync(server, [...folders, "--install-extension", VSIX], { encoding: "utf8" });
if (installed.status !== 0) throw new Error(`the extension does not install: ${installed.stderr}${installed.stdout}`);

const port = await freePort();
const workbench = spawn(
  server,
  [
    ...folders, "--auth", "none", "--bind-addr", `127.0.0.1:${port}`, "--disable-telemetry", "--disable-update-check",
    "--disable-workspace-trust", "--disable-getting-started-override", SPECS,
  ],
  { stdio: ["ignore", "pipe", "pipe"], detached: true },
);
let log = "";
for (const stream of [workbench.stdout, workbench.stderr]) stream.on("data", (bytes) => (log += bytes));
const healthy = () => fetch(`http://127.0.0.1:${port}/healthz`).then((answer) => answer.ok, () => false);
let browser;
let page;
try {
  await until("the workbench's server", healthy);
  browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync",
    ],
  });
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.setDefaultTimeout(90_000);
  await drive(page, port);
  console.log("vscode smoke test passed");
} catch (error) {
  await page?.screenshot({ path: join(SHOTS, "vscode-failed.png") }).catch(() => {});
  console.error(`${error.stack}\n--- server log\n${log.slice(-4000)}`);
  process.exitCode = 1;
} finally {
  await browser?.close();
  process.kill(-workbench.pid);
  rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
}
