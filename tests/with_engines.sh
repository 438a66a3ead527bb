#!/bin/sh
# with_engines.sh COMMAND...: runs a command with a PostgreSQL and an S3 server on loopback, which are made for it and end with it.
# RELAIS_TEST_POSTGRES and RELAIS_TEST_BUCKET say where they are. Nothing in them outlives the command, so nothing is synced.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
programs=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
bucket=$here/s3/installed/bin/moto_server
if [ -z "$programs" ] || [ ! -x "$bucket" ]; then
  echo "store on PostgreSQL and S3: needs postgresql and tests/s3 (see tests/setup.sh)" >>"${RELAIS_SKIPPED:-/dev/stderr}"
  [ "$(id -u)" -ne 0 ] || exit 1
  exit 0
fi

dir=$(mktemp -d)
postgres_pid="" bucket_pid=""
cleanup() {
  [ -z "$postgres_pid" ] || kill -INT "$postgres_pid" 2>/dev/null || true
  [ -z "$bucket_pid" ] || kill "$bucket_pid" 2>/dev/null || true
  wait
  rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# PostgreSQL refuses to run as root.
as_postgres=""
if [ "$(id -u)" -eq 0 ]; then
  as_postgres="setpriv --reuid postgres --regid postgres --init-groups"
  chown postgres: "$dir"
fi
free_port() {
  /usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

cd "$dir"
$as_postgres "$programs/initdb" -D "$dir/db" -U relais -A trust -E UTF8 --locale=C.UTF-8 --no-sync >/dev/null
port=$(free_port)
$as_postgres "$programs/postgres" -D "$dir/db" -p "$port" -k "$dir" -c listen_addresses=127.0.0.1 -c max_connections=400 \
  -c fsync=off -c full_page_writes=off >"$dir/db.log" 2>&1 &
postgres_pid=$!
bucket_port=$(free_port)
"$bucket" -H 127.0.0.1 -p "$bucket_port" >/dev/null 2>&1 &
bucket_pid=$!

# Both are there within a second or two; half a minute is for a busy machine.
tries=0
until "$programs/pg_isready" -q -h 127.0.0.1 -p "$port" &&
  /usr/bin/python3 -c "import urllib.request as u; u.urlopen(u.Request('http://127.0.0.1:$bucket_port/relais', method='PUT'))" 2>/dev/null; do
  tries=$((tries + 1))
  [ "$tries" -lt 150 ] || { echo "PostgreSQL or the S3 server does not start"; cat "$dir/db.log"; exit 1; }
  sleep 0.2
done
"$programs/createdb" -h 127.0.0.1 -p "$port" -U relais relais 2>/dev/null || true

cd "$OLDPWD"
RELAIS_TEST_POSTGRES="postgres://relais@127.0.0.1:$port/relais" RELAIS_TEST_BUCKET="http://127.0.0.1:$bucket_port" "$@"
