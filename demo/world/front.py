"""The TLS front: nginx, twice in one process.

Outside, a `stream` server ends TLS on port 443 and passes the plaintext on, whatever it is. It writes one line per
connection with the number of plaintext bytes that the client sent: a connection that was opened and shaken hands on, but
over which nothing was said, is a line with 0. This is how "0 request bytes" is counted and not inferred. (A log of requests
could not say it: no request, no line.)

Inside, an `http` server reads that plaintext, writes one line per request, and hands it to the cloud by host name. Both lines
carry the client's port, so each request can be laid beside the bytes of its connection.
"""

import json
import shutil
import subprocess
import time
from dataclasses import dataclass, field

# A region in which every call is answered at once, by the front itself: for measuring, where an emulator's own milliseconds
# would hide microseconds.
QUICK = "eu-west-2"

CONF = """
{modules}
user root root; daemon off; master_process off; pid {dir}/nginx.pid; error_log {dir}/nginx.err warn;
events {{ worker_connections 2048; }}
stream {{
    log_format bytes escape=json '{{"port":"$remote_port","end":$msec,"lasted":$session_time,'
        '"sni":"$ssl_server_name","tls":"$ssl_protocol","bytes":$bytes_received}}';
    access_log {dir}/connections.log bytes;
    ssl_certificate {dir}/front.pem; ssl_certificate_key {dir}/front.key;
    ssl_protocols TLSv1.2 TLSv1.3; ssl_session_cache shared:front:1m;
    proxy_protocol on;
    server {{ listen 0.0.0.0:443 ssl; proxy_pass unix:{dir}/http.sock; }}
    server {{ listen 0.0.0.0:80; proxy_pass unix:{dir}/http.sock; }}
}}
http {{
    log_format request escape=json '{{"port":"$proxy_protocol_port","end":$msec,"host":"$host","method":"$request_method",'
        '"target":"$request_uri","operation":"$http_x_amz_target","bytes":$request_length,"status":$status,'
        '"body":"$request_body"}}';
    access_log {dir}/requests.log request;
    client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy; fastcgi_temp_path {dir}/f; uwsgi_temp_path {dir}/u;
    scgi_temp_path {dir}/s; client_body_buffer_size 1m; client_max_body_size 0; client_body_in_single_buffer on;
    keepalive_timeout 60s; keepalive_requests 100000;
    map $host $cloud_host {{ ~^\\d+\\.ddb\\.(?<region>[^.]+)\\.amazonaws\\.com$ dynamodb.$region.amazonaws.com; default $host; }}
    proxy_set_header Host $cloud_host; proxy_http_version 1.1;
    server {{ listen unix:{dir}/http.sock proxy_protocol default_server; location / {{ proxy_pass http://unix:{dir}/stranger.sock; }} }}
    server {{ listen unix:{dir}/http.sock proxy_protocol; server_name .amazonaws.com;
        location / {{ proxy_pass http://unix:{dir}/moto.sock; }} }}
    server {{ listen unix:{dir}/http.sock proxy_protocol; server_name .{quick}.amazonaws.com;
        default_type application/x-amz-json-1.0; location / {{ return 200 "{{}}"; }} }}
    server {{ listen unix:{dir}/http.sock proxy_protocol; server_name lambda.eu-west-1.amazonaws.com;
        location ~ ^/2015-03-31/functions/[^/]+/invocations$ {{ proxy_pass http://unix:{dir}/invoke.sock; }}
        location / {{ proxy_pass http://unix:{dir}/moto.sock; }} }}
}}
"""


@dataclass
class Connection:
    """One TCP connection that reached the front: who it was for, and how many plaintext bytes came over it."""

    port: str
    end: float  # seconds since the epoch; a port is used again, later
    lasted: float
    sni: str
    tls: str
    bytes: int
    requests: list = field(default_factory=list)


class Front:
    def __init__(self, folder, barrier):
        self.folder, self.barrier = folder, barrier
        module = "/usr/lib/nginx/modules/ngx_stream_module.so"
        conf = CONF.format(dir=folder, quick=QUICK, modules=f"load_module {module};")
        (folder / "nginx.conf").write_text(conf)
        nginx = shutil.which("nginx") or "/usr/sbin/nginx"
        self.process = subprocess.Popen(
            [nginx, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "nginx.err")]
        )

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def _lines(self, name):
        path = self.folder / name
        whole = path.read_bytes().rpartition(b"\n")[0] if path.exists() else b""  # a line may be on its way
        return [json.loads(line) for line in whole.decode(errors="replace").split("\n") if line]

    def settle(self):
        """Wait until every connection that clients have closed is in the log: nginx handles events in their order, so
        when a connection made now is in the log, so are those that ended before it."""
        mark = self.barrier()
        deadline = time.monotonic() + 5
        while not any(c["port"] == mark for c in self._lines("connections.log")):
            if time.monotonic() > deadline:
                raise RuntimeError("the TLS front does not answer: " + (self.folder / "nginx.err").read_text()[-500:])
            time.sleep(0.005)
        return mark

    def mark(self):
        """A point in the log to count from."""
        self.settle()
        return len(self._lines("connections.log"))

    def since(self, mark):
        """The connections that ended since ${mark}, each with its requests; those of the world itself left out."""
        own = self.settle()
        found = [Connection(**c) for c in self._lines("connections.log")[mark:] if c["port"] != own]
        found = [c for c in found if c.sni != "barrier.invalid"]
        requests = {}
        for r in self._lines("requests.log"):
            requests.setdefault(r["port"], []).append(r)
        for c in found:
            c.requests = [r for r in requests.get(c.port, []) if c.end - c.lasted - 0.01 < r["end"] < c.end + 0.01]
        return found
