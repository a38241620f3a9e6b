#!/usr/bin/env bash
# Makes pipeline/web/static/vendor/echarts.min.js (needs npm): tools/echarts/build.sh
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$(cd "$here/../../pipeline/web/static/vendor" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here/entry.mjs" "$here/package.json" "$work"
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts
node node_modules/esbuild/install.js
node_modules/.bin/esbuild entry.mjs --bundle --minify --format=iife --global-name=echarts --target=es2020 \
  --define:process.env.NODE_ENV='"production"' --legal-comments=none --charset=utf8 \
  --banner:js="/* Apache ECharts $(node -p 'require("echarts/package.json").version'), a custom build: LICENSE and NOTICE beside it. */" \
  --outfile="$out/echarts.min.js"
cp node_modules/echarts/LICENSE "$out/LICENSE"
{ cat node_modules/echarts/NOTICE; printf '\n\nZRender, which ECharts draws with:\n\n'; cat node_modules/zrender/LICENSE
  printf '\n\ntslib, which both are compiled against:\n\n'; cat node_modules/tslib/LICENSE.txt; } > "$out/NOTICE"
