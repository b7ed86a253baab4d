"""Whoever is not the cloud: takes what it is given, and remembers it. In the demo this is attacker.example."""

from runtime_api import Quiet, UnixServer, serve


class Stranger:
    def __init__(self, path):
        self.loot = loot = []

        class Handler(Quiet):
            def do_POST(self):
                loot.append((self.headers.get("Host"), self.body()))
                self.answer(200, b'{"thanks":true}')

            def do_GET(self):
                self.answer(200, b'{"hello":true}')

            do_PUT = do_POST

        serve(UnixServer(str(path), Handler))
