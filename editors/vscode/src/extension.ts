import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import * as vscode from "vscode";
import { ExecuteCommandRequest, LanguageClient, type LanguageClientOptions, type ServerOptions } from "vscode-languageclient/node";
import { StatusBar } from "./status";

/** The commands of the palette, and the server's command that each one runs. */
const COMMANDS: Record<string, { server: string; mounts: boolean }> = {
  "sysspecStudio.check": { server: "sysspec.check", mounts: false },
  "sysspecStudio.generateAndMount": { server: "sysspec.generateAndMount", mounts: true },
  "sysspecStudio.mountAndTest": { server: "sysspec.mountAndTest", mounts: false },
  "sysspecStudio.unmount": { server: "sysspec.unmount", mounts: true },
};

let client: LanguageClient | undefined;
let status: StatusBar | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  status = new StatusBar();
  context.subscriptions.push(status);
  for (const [command, { server, mounts }] of Object.entries(COMMANDS)) {
    context.subscriptions.push(vscode.commands.registerCommand(command, () => run(server, mounts)));
  }
  context.subscriptions.push(
    vscode.workspace.onDidChangeConfiguration(async (event) => {
      if (event.affectsConfiguration("sysspec.path")) {
        await stop();
        await start();
      }
    }),
  );
  await start();
}

export async function deactivate(): Promise<void> {
  await stop();
}

async function start(): Promise<void> {
  const program = vscode.workspace.getConfiguration("sysspec").get<string>("path", "sysspec");
  const server: ServerOptions = { command: program, args: ["lsp"] };
  const options: LanguageClientOptions = {
    documentSelector: [{ language: "sysspec" }, { language: "sysspec-header" }, { pattern: "**/sysspec.toml" }],
    outputChannelName: "SysSpec",
  };
  client = new LanguageClient("sysspec", "SysSpec", server, options);
  status?.attach(client);
  try {
    await client.start();
    await vscode.commands.executeCommand("setContext", "sysspecStudio.active", true);
  } catch (error) {
    client = undefined;
    const choice = await vscode.window.showErrorMessage(
      `The SysSpec server \`${program} lsp\` does not start: ${error}. Install sysspec, or say where it is.`,
      "Open Settings",
    );
    if (choice) await vscode.commands.executeCommand("workbench.action.openSettings", "sysspec.path");
  }
}

async function stop(): Promise<void> {
  await vscode.commands.executeCommand("setContext", "sysspecStudio.active", false);
  await client?.stop();
  client = undefined;
}

async function run(command: string, mounts: boolean): Promise<void> {
  const root = await workspaceRoot();
  if (!client || !root) return;
  const where = mounts ? [mountpoint(root)] : [];
  await client.sendRequest(ExecuteCommandRequest.type, { command, arguments: [root.toString(), ...where] });
}

/** The folder of the sysspec.toml that governs the active file; the user chooses when there are several. */
async function workspaceRoot(): Promise<vscode.Uri | undefined> {
  const manifests = await vscode.workspace.findFiles("**/sysspec.toml", "**/{node_modules,target}/**");
  const roots = manifests.map((manifest) => vscode.Uri.joinPath(manifest, ".."));
  const open = vscode.window.activeTextEditor?.document.uri.path ?? "";
  const governing = roots.filter((root) => open.startsWith(`${root.path}/`)).sort((a, b) => b.path.length - a.path.length);
  if (governing[0] ?? roots.length === 1) return governing[0] ?? roots[0];
  if (roots.length === 0) {
    const first = vscode.workspace.workspaceFolders?.[0]?.uri;
    if (!first) void vscode.window.showErrorMessage("Open a folder of SysSpec specifications first.");
    return first;
  }
  const picked = await vscode.window.showQuickPick(roots.map((root) => root.fsPath), { title: "Which specifications?" });
  return picked === undefined ? undefined : vscode.Uri.file(picked);
}

function mountpoint(root: vscode.Uri): string {
  const configured = vscode.workspace.getConfiguration("sysspec").get<string>("mountpoint", "");
  if (configured) return configured;
  const tag = createHash("sha256").update(root.fsPath).digest("hex").slice(0, 8);
  const folder = join(tmpdir(), `sysspec-${basename(root.fsPath)}-${tag}`);
  mkdirSync(folder, { recursive: true });
  return folder;
}
