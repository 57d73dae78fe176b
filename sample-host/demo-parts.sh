# SPDX-License-Identifier: Apache-2.0
#
# What the demos share: sourced by sample-host/demo and sample-host/demo-postgresql, in the source's
# top folder.

if [ -t 1 ]; then
  bold=$'\e[1m' dim=$'\e[2m' green=$'\e[32m' red=$'\e[31m' yellow=$'\e[33m' plain=$'\e[0m'
else
  bold='' dim='' green='' red='' yellow='' plain=''
fi
step() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
note() { printf '  %s%s%s\n' "$dim" "$*" "$plain"; }

# build GROUP...: installs the packages of these groups, and builds what demos run.
build() {
  step "Building (optimised, in build/)"
  packaging/install-dependencies build "$@"
  cmake --preset release -DDCC_TESTS=OFF --log-level=WARNING >/dev/null
  local build=(cmake --build --preset release --target dcc-sample-host duis-client ch-returns)
  if [ -t 1 ]; then
    NINJA_STATUS='  [%f of %t, %es] ' "${build[@]}"  # minutes, the first time: on a terminal how far it is
  else
    "${build[@]}" | tail -n 1 | sed 's/^/  /'
  fi
  bin=$PWD/build/bin
}

# make_world: keys and certificates of Users and of the broker in $home, and directories for plugins.
broker=90-B3-D5-1F-30-00-00-02
make_world() {
  mkdir -m 700 "$home/plugins" "$home/plugins.d" "$home/state"
  "$bin/duis-client" pki --out "$home" \
    90-B3-D5-1F-30-01-00-00=eis 90-B3-D5-1F-30-01-00-01=gis 90-B3-D5-1F-30-02-00-00=suspended \
    90-B3-D5-1F-30-03-00-00=sna 90-B3-D5-1F-30-04-00-00=lonely 90-B3-D5-1F-30-05-00-00=es \
    90-B3-D5-1F-30-06-00-00=unknown "$broker=broker" >/dev/null
}

# write_config FILE STORE: STORE is the section [store]; further sections may be appended.
write_config() {
  cat > "$1" <<INI
[http]
listen = 127.0.0.1:0
[admin]
listen = 127.0.0.1:0
[duis]
control_broker = $broker
[credentials]
directory = credentials
trust_anchor = ca.pem
[signing]
certificate = credentials/broker.pem
key = keys/broker.key
[store]
$2
[plugins]
directory = plugins
config_directory = plugins.d
INI
}

# import_world CONFIG
import_world() {
  step "A small world: Users, hubs, orders, appointments"
  local table
  for table in users devices orders appointments; do
    "$bin/dcc-sample-host" import $table config/demo/$table.csv --config "$1" | sed "s/^/  $table: /"
  done
}

# listener LOG NAME: the URL that the log says this listener listens on.
listener() { sed -n "s/.* $2 listens on \(127[0-9.]*:[0-9]*\).*/http:\/\/\1/p" "$1" | head -n 1; }

# await_host PID LOG: until it answers; sets `url` and `admin`.
await_host() {
  for _ in $(seq 300); do
    admin=$(listener "$2" admin)
    [ -n "$admin" ] && curl -sf "$admin/healthz" >/dev/null && break
    kill -0 "$1" 2>/dev/null || return 1
    sleep 0.1
  done
  url=$(listener "$2" http)
}

# install_plugin: as an operator drops it in.
install_plugin() {
  install -m 644 build/plugins/ch-returns.so "$home/plugins/"
  install -m 644 config/plugins.d/ch-returns.ini "$home/plugins.d/"
}
