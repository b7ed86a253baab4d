"""Names in a world without an internet. The world's own names lead to its cloud, all others to the strangers: a name that
nobody foresaw is no reason for something not to leave, and what leaves is counted.

In /etc/hosts, where the world has mounts of its own; and always by DNS, which every address of this network answers (so it does
not matter whom resolv.conf names: in a chroot, mounts of one's own are not to be had)."""

import os
import socket
import struct
import threading

IP_PKTINFO = getattr(socket, "IP_PKTINFO", 8)


def question(packet):
    """The name and type that a DNS query asks for, and where the question ends."""
    labels, at = [], 12
    while length := packet[at]:
        labels.append(packet[at + 1 : at + 1 + length].decode("ascii", "replace").lower())
        at += 1 + length
    return ".".join(labels), struct.unpack_from("!H", packet, at + 1)[0], at + 5


def answer(packet, address_of):
    name, kind, end = question(packet)
    a = kind == 1  # any other type (AAAA, TXT): the name exists, there is nothing of the kind
    head = packet[:2] + struct.pack("!HHHHH", 0x8180, 1, a, 0, 0) + packet[12:end]
    return head + (struct.pack("!HHHIH", 0xC00C, 1, 1, 60, 4) + socket.inet_aton(address_of(name)) if a else b"")


def serve(addresses, others):
    """Answer DNS queries on every address: ${addresses} is {name: address}, all other names are at ${others}."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    server.bind(("0.0.0.0", 53))

    def loop():
        while True:
            packet, extra, _, client = server.recvmsg(4096, 256)
            asked = next(data[8:12] for level, kind, data in extra if (level, kind) == (socket.IPPROTO_IP, IP_PKTINFO))
            try:
                reply = answer(packet, lambda name: addresses.get(name, others))
                source = struct.pack("=I4s4s", 0, asked, bytes(4))  # from the address that was asked
                server.sendmsg([reply], [(socket.IPPROTO_IP, IP_PKTINFO, source)], 0, client)
            except (OSError, IndexError, struct.error):
                pass  # no DNS query, or the asker is gone

    threading.Thread(target=loop, daemon=True).start()


def publish(addresses, others):
    serve(addresses, others)
    if "ALPS_WORLD_HOSTS" in os.environ:
        with open(os.environ["ALPS_WORLD_HOSTS"], "a") as hosts:
            hosts.write("".join(f"{address} {name}\n" for name, address in addresses.items()))
