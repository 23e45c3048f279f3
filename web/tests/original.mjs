// A stand-in for a device: the page, the socket's messages byte for byte as the original sends them, and whatever
// status a test wants to see shown (none: an original device). What it was told is kept in `heard`.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const page = execFileSync("python3", [root + "tools/embed-page", root + "web/ota.html"], { maxBuffer: 1 << 20 });

export class Original {
  status = null;      // what /ota/status answers; null: 404
  login = "cf0e5890"; // the challenge, or what is said in its place, if the status asks for a login
  pending = false;    // says otaCheckRollback after the handshake
  chunk = 8192;       // null: never asks for one
  hold = Infinity;    // asks for no chunk from this offset on
  silent = false;     // does not say otaEnd
  deaf = false;       // does not answer a cancel
  mute = false;       // does not answer requests
  heard = [];         // [name, value] of each text message
  received = 0;
  total = 0;
  sockets = new Set();

  async start(port = 0, path = "/ota") {
    this.path = path;
    this.server = createServer((request, reply) => this.#answer(request, reply));
    this.server.on("upgrade", (request, socket) => this.#upgrade(request, socket));
    await new Promise((done) => this.server.listen(port, "127.0.0.1", done));
    this.port = this.server.address().port;
    this.url = `http://127.0.0.1:${this.port}${path}`;
    return this;
  }

  async stop() {
    for (const socket of this.sockets) socket.destroy();
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  say(name, value) {
    const words = { otaGetChunk: (n) => (n ? ` ${n} ` : "0"), otaSetChunkSize: String }[name];
    const text = `{"name":"${name}","value":${words ? words(value) : `"${value}"${/otaError|otaLogin/.test(name) ? "" : " "}`}}`;
    for (const socket of this.sockets) socket.write(frame(1, Buffer.from(text)));
  }

  #answer(request, reply) {
    const { path } = this;
    if (this.mute && request.url !== path) return request.socket.destroy();
    if (request.url === path) {
      reply.writeHead(200, { "content-type": "text/html; charset=utf-8", "content-security-policy": policy });
      reply.end(page);
    } else if (request.url === (path === "/" ? "" : path) + "/status" && this.status) {
      reply.writeHead(200, { "content-type": "application/json" });
      reply.end(JSON.stringify(this.status));
    } else {
      reply.writeHead(404);
      reply.end();
    }
  }

  #upgrade(request, socket) {
    const accept = createHash("sha1").update(request.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      `Sec-WebSocket-Accept: ${accept.digest("base64")}\r\n\r\n`);
    this.sockets.add(socket);
    socket.on("close", () => this.sockets.delete(socket));
    socket.on("error", () => {});
    let buffer = Buffer.alloc(0);
    socket.on("data", (data) => {
      buffer = Buffer.concat([buffer, data]);
      for (let got = parse(buffer); got; got = parse(buffer)) {
        buffer = buffer.subarray(got.end);
        if (got.opcode === 8) socket.end(frame(8, got.payload.subarray(0, 2)));
        else if (got.opcode === 1) this.#text(JSON.parse(got.payload));
        else if (got.opcode === 2) this.#binary(got.payload);
      }
    });
    if (this.status?.login) this.say("otaLogin", this.login);
    if (this.pending) this.say("otaCheckRollback", "true");
  }

  #text({ name, value }) {
    this.heard.push([name, value]);
    if (name === "otaSize") {
      this.total = value;
      this.received = 0;
      if (this.chunk) {
        this.say("otaSetChunkSize", this.chunk);
        this.say("otaGetChunk", 0);
      }
    }
    if (name === "otaCancel" && !this.deaf) {
      this.total = 0;
      this.say("otaCancel", "Cancel command");
    }
    if (name === "otaRestartEsp" || (name === "otaProcessRollback" && value === "true")) {
      for (const socket of this.sockets) socket.destroy();
    }
    this.on?.(name, value);
  }

  #binary(payload) {
    if (!this.total) return;
    this.received += payload.length;
    if (this.received >= this.total) {
      if (!this.silent) this.say("otaEnd", "OK");
    } else if (this.received < this.hold) this.say("otaGetChunk", this.received);
  }
}

const hash = (tag) => createHash("sha256").update(new RegExp(`<${tag}>(.*?)</${tag}>`, "s").exec(page)[1]).digest("base64");
const policy = `default-src 'none'; script-src 'sha256-${hash("script")}'; style-src 'sha256-${hash("style")}'; ` +
  "connect-src 'self' https: http:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

function frame(opcode, payload) {
  const head = payload.length < 126 ? Buffer.from([0x80 | opcode, payload.length])
    : Buffer.from([0x80 | opcode, 126, payload.length >> 8, payload.length & 255]);
  return Buffer.concat([head, payload]);
}

function parse(data) {
  if (data.length < 6) return null;
  let size = data[1] & 127;
  let at = 2;
  if (size === 126) {
    if (data.length < 8) return null;
    size = data.readUInt16BE(2);
    at = 4;
  }
  if (data.length < at + 4 + size) return null;
  const mask = data.subarray(at, at + 4);
  const payload = Buffer.from(data.subarray(at + 4, at + 4 + size), 0);
  for (let i = 0; i < size; i++) payload[i] ^= mask[i & 3];
  return { opcode: data[0] & 15, payload, end: at + 4 + size };
}
