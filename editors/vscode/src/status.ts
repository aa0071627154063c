import * as vscode from "vscode";
import type { ClientCapabilities, LanguageClient, StaticFeature } from "vscode-languageclient/node";

/** What the server tells of the obligations of a module: `sysspec/moduleStatus` in docs/lsp-extensions.md. */
interface ModuleStatus {
  uri: string;
  version: number | null;
  state: "stale" | "checking" | "failed" | "undecided" | "verified";
  proved: number;
  refuted: number;
  textual: number;
  informal: number;
  unknown: number;
  open: number;
}

const ICONS: Record<ModuleStatus["state"], string> = {
  stale: "$(history)",
  checking: "$(sync~spin)",
  failed: "$(error)",
  undecided: "$(question)",
  verified: "$(verified)",
};

/** Shows in the status bar how the obligations of the module in the active editor stand. */
export class StatusBar implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("sysspec.obligations", vscode.StatusBarAlignment.Left);
  private readonly known = new Map<string, ModuleStatus>();
  private readonly subscription = vscode.window.onDidChangeActiveTextEditor(() => this.show());

  constructor() {
    this.item.name = "SysSpec obligations";
  }

  /** Listens to a client that has not been started yet. */
  attach(client: LanguageClient): void {
    this.known.clear();
    this.show();
    const asks: StaticFeature = {
      fillClientCapabilities(capabilities: ClientCapabilities): void {
        capabilities.experimental = { ...(capabilities.experimental as object), moduleStatus: true };
      },
      initialize(): void {},
      getState: () => ({ kind: "static" }),
      clear(): void {},
    };
    client.registerFeature(asks);
    client.onNotification("sysspec/moduleStatus", (status: ModuleStatus) => {
      this.known.set(vscode.Uri.parse(status.uri).toString(), status);
      this.show();
    });
  }

  dispose(): void {
    this.subscription.dispose();
    this.item.dispose();
  }

  private show(): void {
    const uri = vscode.window.activeTextEditor?.document.uri.toString();
    const status = uri === undefined ? undefined : this.known.get(uri);
    if (!status) return this.item.hide();
    const undecided = status.informal + status.unknown;
    const parts: [number, string][] = [[status.refuted, "refuted"], [status.proved + status.textual, "proved"], [undecided, "not decided"]];
    const counts = parts.filter(([count]) => count > 0).map(([count, how]) => `${count} ${how}`);
    this.item.text = `${ICONS[status.state]} ${counts.join(", ") || status.state}`;
    this.item.tooltip = [
      `Obligations of this module: ${status.state}`,
      `${status.proved} proved, ${status.textual} the same in words, ${status.refuted} refuted`,
      `${status.informal} in words that nothing decides, ${status.unknown} given up, ${status.open} being checked`,
    ].join("\n");
    const isWrong = status.state === "failed";
    this.item.backgroundColor = isWrong ? new vscode.ThemeColor("statusBarItem.errorBackground") : undefined;
    this.item.show();
  }
}
