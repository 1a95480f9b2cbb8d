#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: mirror-server.py FOLDER LOG [OPTION=VALUE...]

An HTTP server for the tests of mirrors. Prints its port, and writes a line "METHOD PATH RANGE STATUS BYTES" for each request
to LOG. Options: tls=CERT (with its key), ranges=no, cut=BYTES (each answer longer than this is cut there), slow=BYTES
(a second), token=KEY (it also gives tokens at /token, signed by KEY, a PEM file whose certificate is behind it).
"""
import base64
import http.server
import json
import ssl
import subprocess
import sys
import time
import urllib.parse

folder, log = sys.argv[1], sys.argv[2]
options = dict(o.split("=", 1) for o in sys.argv[3:])


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(scope):
    """A token as the registry's documentation has it: RS256, with the certificate in its head."""
    kind, name, actions = scope.split(":")
    pem = open(options["token"], encoding="ascii").read()
    certificate = pem[pem.index("-----BEGIN CERTIFICATE"):].strip().split("\n")[1:-1]
    head = {"typ": "JWT", "alg": "RS256", "x5c": ["".join(certificate)]}
    now = int(time.time())
    claims = {"iss": "test", "aud": "registry", "sub": "", "exp": now + 300, "nbf": now - 60, "iat": now, "jti": "1",
              "access": [{"type": kind, "name": name, "actions": actions.split(",")}]}
    text = b64(json.dumps(head).encode()) + "." + b64(json.dumps(claims).encode())
    signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", options["token"]], input=text.encode(),
                               check=True, capture_output=True).stdout
    return text + "." + b64(signature)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def note(self, status, count):
        with open(log, "a", encoding="ascii") as f:
            f.write(f"{self.command} {self.path} {self.headers.get('Range', '-')} {status} {count}\n")

    def refuse(self, status):
        self.note(status, 0)
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def give_token(self, query):
        scope = urllib.parse.parse_qs(query).get("scope", [""])[0]
        body = json.dumps({"token": token(scope)}).encode()
        self.note(200, len(body))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        path, _, query = self.path.partition("?")
        if "token" in options and path == "/token":
            return self.give_token(query)
        try:
            with open(folder + urllib.parse.unquote(path), "rb") as f:
                data = f.read()
        except OSError:
            return self.refuse(404)
        start, status = 0, 200
        asked = self.headers.get("Range", "")
        if asked.startswith("bytes=") and options.get("ranges") != "no":
            start, status = int(asked[6:].split("-")[0]), 206
            if start >= len(data):
                return self.refuse(416)
        part = data[start:]
        self.send_response(status)
        self.send_header("Content-Length", str(len(part)))
        if status == 206:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.end_headers()
        cut = int(options.get("cut", 0)) or len(part)
        self.note(status, min(cut, len(part)))
        self.give(part[:cut])
        if cut < len(part):
            self.close_connection = True

    def give(self, data):
        step = int(options.get("slow", 0)) // 10 or len(data) or 1
        for at in range(0, len(data), step):
            self.wfile.write(data[at:at + step])
            if "slow" in options:
                time.sleep(0.1)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
if "tls" in options:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options["tls"])
    server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_port, flush=True)
server.serve_forever()
