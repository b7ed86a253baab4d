#!/usr/bin/env bash
# The Lambda layer's wrapper and zip, with stand-ins for /opt and /var/task: what it sets, what it runs, what it does when
# the guard cannot be loaded; and, where the guard is built, a program under it, with and without an allowlist.
# shellcheck disable=SC2016 # what is in single quotes is for the program to expand
set -u
cd "$(dirname "$0")/../../.." || exit
build=${ALPS_BUILD:-build}
guard=$build/libalps_guard.so
tmp=$(mktemp -d)
server=
trap 'rm -rf "$tmp"; [ -z "$server" ] || kill "$server" 2>/dev/null' EXIT
passed=0 failed=0 skipped=0
is() {                                  # is NAME GOT WANTED
    if [ "$2" = "$3" ]; then passed=$((passed + 1)); echo "ok $1"
    else failed=$((failed + 1)); printf 'not ok %s\n    got:    %s\n    wanted: %s\n' "$1" "$2" "$3"; fi
}
has() {                                 # has NAME TEXT PART
    case $2 in *"$3"*) is "$1" 1 1 ;; *) is "$1" "$2" "… $3 …" ;; esac
}
skip() { skipped=$((skipped + 1)); echo "skip $1: $2"; }

mkdir -p "$tmp/opt/alps" "$tmp/task" "$tmp/broken/alps"
cp layers/aws/wrapper "$tmp/opt/alps/"; cp layers/aws/wrapper "$tmp/broken/alps/"
wrapper=$tmp/opt/alps/wrapper
preload=$tmp/opt/alps/libalps_guard.so
echo 'int alps_test_nothing;' >"$tmp/nothing.c"
gcc -shared -fPIC -o "$preload" "$tmp/nothing.c"        # loads, and does nothing: what the wrapper does by itself
gcc -shared -fPIC -o "$tmp/other.so" "$tmp/nothing.c"
export LAMBDA_TASK_ROOT=$tmp/task AWS_LAMBDA_FUNCTION_NAME=checkout
unset LD_PRELOAD ALPS_ALLOWLIST ALPS_FUNCTION ALPS_MODE ALPS_LOG ALPS_EXEC_WRAPPER
show() { "$@" sh -c 'echo "$LD_PRELOAD|$ALPS_ALLOWLIST|$ALPS_FUNCTION|${ALPS_EXEC_WRAPPER-unset}"' 2>&1; }

is "sets guard, allowlist and name" "$(show "$wrapper")" "$preload|$tmp/task/allowlist.json|checkout|unset"
is "goes before what is preloaded" "$(LD_PRELOAD=$tmp/other.so show "$wrapper")" \
    "$preload:$tmp/other.so|$tmp/task/allowlist.json|checkout|unset"
is "is not preloaded twice" "$(LD_PRELOAD=$preload:$tmp/other.so show "$wrapper")" \
    "$preload:$tmp/other.so|$tmp/task/allowlist.json|checkout|unset"
is "keeps what is set" "$(ALPS_ALLOWLIST=/a ALPS_FUNCTION=b show "$wrapper")" "$preload|/a|b|unset"
is "works by a relative path" "$(cd "$tmp/opt" && show alps/wrapper)" "$preload|$tmp/task/allowlist.json|checkout|unset"
is "passes arguments as they are" "$("$wrapper" printf '%s,' 'a b' '' "c'd" '*' '$x')" "a b,,c'd,*,\$x,"
"$wrapper" sh -c 'exit 7'; is "ends with the program's status" $? 7
"$wrapper" sh -c 'echo $$' >"$tmp/pid" & wait $!; is "becomes the program's process" "$(cat "$tmp/pid")" $!

printf '#!/bin/sh\necho "next $# $1 ${ALPS_EXEC_WRAPPER-unset}"\nexec "$@"\n' >"$tmp/next"; chmod +x "$tmp/next"
is "runs the wrapper that was there before" "$(ALPS_EXEC_WRAPPER=$tmp/next "$wrapper" echo 'a b')" \
    "$(printf 'next 2 echo unset\na b')"

broken() {                              # NAME: the guard of $tmp/broken does not load
    local out status
    out=$("$tmp/broken/alps/wrapper" echo started 2>&1); status=$?
    has "$1: says why" "$out" "alps: the guard cannot be loaded here: "
    has "$1: the function is not started" "$out" "the function is not started"
    is "$1: status 1" "$status" 1
    case $out in *started$'\n'*|*$'\n'started) is "$1: nothing ran" "$out" "" ;; *) is "$1: nothing ran" 1 1 ;; esac
    is "$1: observe starts it, without the guard" \
        "$(ALPS_MODE=observe "$tmp/broken/alps/wrapper" sh -c 'echo "started ${LD_PRELOAD-clean}"' 2>/dev/null)" "started clean"
    has "$1: observe says so" "$(ALPS_MODE=observe "$tmp/broken/alps/wrapper" true 2>&1)" "alps: the guard cannot be loaded here: "
}
broken "no guard"
echo "no shared object" >"$tmp/broken/alps/libalps_guard.so"
broken "a guard that is no shared object"
printf 'int alps_from_a_newer_libc(void);\nint (*const alps_need)(void) = alps_from_a_newer_libc;\n' >"$tmp/newer.c"
gcc -shared -fPIC -o "$tmp/broken/alps/libalps_guard.so" "$tmp/newer.c"
broken "a guard that needs a newer library"

pack() { layers/aws/pack "$1" alps/wrapper=layers/aws/wrapper "alps/libalps_guard.so=$2" >"$tmp/packed" 2>&1 || cat "$tmp/packed"; }
cp "$preload" "$tmp/copy.so"; touch -d 2001-01-01 "$tmp/copy.so"
pack "$tmp/one.zip" "$preload"; pack "$tmp/two.zip" "$tmp/copy.so"
is "the zip is the same for the same files" "$(sha256sum <"$tmp/one.zip")" "$(sha256sum <"$tmp/two.zip")"
is "the zip holds two programs under alps/" "$(python3 -c '
import sys, zipfile
print(*[f"{i.filename} {i.external_attr >> 16:o}" for i in zipfile.ZipFile(sys.argv[1]).infolist()])' "$tmp/one.zip")" \
    "alps/libalps_guard.so 100755 alps/wrapper 100755"

# A cloud API over TLS, and a function that calls it.
cat >"$tmp/server.py" <<'PY'
import socket, ssl, sys, threading
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1])
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
def serve(connection):
    try:
        with context.wrap_socket(connection, server_side=True) as tls:
            got = b""
            while not got.endswith(b"}}}"):                 # head and body may come in two records
                more = tls.recv(65536)
                if more and not got:
                    print("request", flush=True)
                if not more:
                    return
                got += more
            tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
    except OSError:
        pass
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
PY
cat >"$tmp/task/app.py" <<'PY'
import http.client, json, os, socket, ssl
print("started", flush=True)
context = ssl.create_default_context(cafile=os.environ["CERT"])
host = "dynamodb.eu-west-1.amazonaws.com"
client = http.client.HTTPSConnection(host, context=context)
client.sock = context.wrap_socket(socket.create_connection(("127.0.0.1", int(os.environ["PORT"]))), server_hostname=host)
client.request("POST", "/", json.dumps({"TableName": "orders", "Item": {"id": {"S": "1"}}}),
               {"X-Amz-Target": "DynamoDB_20120810.PutItem", "Content-Type": "application/x-amz-json-1.0"})
print(client.getresponse().status)
PY
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test \
    -addext subjectAltName=DNS:dynamodb.eu-west-1.amazonaws.com \
    -keyout "$tmp/key.pem" -out "$tmp/cert.pem" 2>/dev/null
cat "$tmp/key.pem" >>"$tmp/cert.pem"
python3 "$tmp/server.py" "$tmp/cert.pem" >"$tmp/server.out" & server=$!
for _ in $(seq 100); do [ -s "$tmp/server.out" ] && break; sleep 0.05; done
PORT=$(head -1 "$tmp/server.out") CERT=$tmp/cert.pem; export PORT CERT
requests() { grep -c request "$tmp/server.out"; }
app() { "$@" /usr/bin/python3 "$tmp/task/app.py" 2>"$tmp/stderr" | tr '\n' ' '; }

is "without the layer the call arrives" "$(app env) $(requests)" "started 200  1"
if [ ! -f "$guard" ]; then
    skip "a program under the guard" "libalps_guard.so is not built"
else
    cp "$guard" "$preload"
    has "the guard is in the program" "$("$wrapper" cat /proc/self/maps)" "$preload"
    is "no allowlist: it starts, its call is refused, nothing arrives" "$(app "$wrapper") $(requests)" "started 403  1"
    has "… and the reason is on standard error" "$(cat "$tmp/stderr")" "allowlist"
    cat >"$tmp/task/allowlist.json" <<'JSON'
{ "alps": 1, "context": { "account": "111122223333", "region": "eu-west-1" },
  "allow": { "dynamodb": { "arn:aws:dynamodb:eu-west-1:111122223333:table/orders": ["dynamodb:PutItem"] } } }
JSON
    is "what the allowlist has arrives" "$(app "$wrapper") $(requests)" "started 200  2"
    sed -i 's/orders/others/' "$tmp/task/allowlist.json"
    is "what it has not is refused" "$(app "$wrapper") $(requests)" "started 403  2"
    is "… also behind another wrapper" "$(ALPS_EXEC_WRAPPER=$(command -v env) app "$wrapper") $(requests)" "started 403  2"
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
