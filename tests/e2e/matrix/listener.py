"""The TLS front of the matrix: ends TLS on port 443 of every address, keeps each plaintext byte that a client sent, connection by
connection, and passes the plaintext on, unread, to whoever stands behind the server name. What is asked of it later is what
arrived, byte for byte; a connection over which nothing was said is a connection with no bytes."""

import asyncio
import socket
import ssl
import threading
import time
from dataclasses import dataclass, field


@dataclass
class Connection:
    sni: str = ""
    alpn: str = ""
    sent: bytearray = field(default_factory=bytearray)
    open: bool = True
    broken: str = ""            # what came after the handshake was no TLS


class Front:
    """${backend}(server name, HTTP/2 agreed) → (host, port), a path of a socket, or None: taken in and never answered.
    ${http2}(server name): may it be agreed upon?"""

    def __init__(self, folder, backend, http2):
        self.backend, self.http2 = backend, http2
        self.connections = []
        self.context = self._context(folder, [])
        self.both = self._context(folder, ["h2", "http/1.1"])
        self.context.sni_callback = self._choose
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self._here(self._listen())

    def _context(self, folder, protocols):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "front.pem", folder / "front.key")
        context.set_alpn_protocols(protocols or ["http/1.1"])
        return context

    def _choose(self, tls, name, _context):
        tls.context = self.both if self.http2(name or "") else self.context
        tls.server_name_seen = name or ""

    def _here(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(30)

    async def _listen(self):
        self.server = await asyncio.start_server(self._serve, "0.0.0.0", 443, ssl=self.context, backlog=1024, limit=1 << 20,
                                                 ssl_handshake_timeout=30)

    async def _serve(self, reader, writer):
        tls = writer.get_extra_info("ssl_object")
        c = Connection(getattr(tls, "server_name_seen", ""), tls.selected_alpn_protocol() or "")
        self.connections.append(c)
        to = back = None
        try:
            place = self.backend(c.sni, c.alpn == "h2")
            if place is not None:
                behind, to = await (asyncio.open_connection(*place) if isinstance(place, tuple) else
                                    asyncio.open_unix_connection(str(place)))
                back = asyncio.ensure_future(self._answer(behind, writer))
            while data := await reader.read(1 << 18):
                c.sent += data
                if to:
                    to.write(data)
                    await to.drain()
        except ssl.SSLError as e:
            c.broken = str(e)
        except OSError:
            pass
        finally:
            c.open = False
            if back:
                to.close()
                back.cancel()
            writer.close()

    async def _answer(self, behind, writer):
        try:
            while data := await behind.read(1 << 18):
                writer.write(data)
                await writer.drain()
        except (OSError, ssl.SSLError):
            pass
        finally:
            writer.close()

    def mark(self):
        return len(self.connections)

    def since(self, mark, barrier):
        """The connections made since ${mark}, when all of them are over. ${barrier}() makes one and ends it: what was accepted
        before it has been served."""
        barrier()
        deadline = time.monotonic() + 15
        while any(c.open for c in self.connections[mark:]):
            if time.monotonic() > deadline:
                raise RuntimeError(f"connections that do not end: {[c.sni for c in self.connections[mark:] if c.open]}")
            time.sleep(0.005)
        return [c for c in self.connections[mark:] if c.sni != "barrier.invalid"]


def barrier(ca, address):
    context = ssl.create_default_context(cafile=str(ca))
    with socket.create_connection((address, 443), timeout=15) as plain:
        with context.wrap_socket(plain, server_hostname="barrier.invalid"):
            pass
