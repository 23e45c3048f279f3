// Drives a WebPull on virtual time against a web server that the test plays, connection by
// connection.
#pragma once
#include <charconv>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "protocols/pull/web_pull.hpp"
#include "tests/fakes/fake_intake.hpp"

namespace updraft::link {

// A request, as a server reads it.
struct Asked {
  std::string text, path;
  std::string field(std::string_view name) const {
    const std::string start = "\r\n" + std::string(name) + ": ";
    const std::size_t at = text.find(start);
    if (at == text.npos) return "";
    const std::size_t begin = at + start.size();
    return text.substr(begin, text.find("\r\n", begin) - begin);
  }
};

// What it says, and what becomes of the connection after it.
struct Said {
  enum Then { keep, fin, reset, silence };
  std::string bytes;
  Then then = keep;
};

// Serves one file, as a plain web server does.
class FileServer {
 public:
  explicit FileServer(std::string content) : file(std::move(content)) {}
  std::string file;
  std::string etag = "\"v1\"", modified;
  bool ranges = true;
  std::string extra;  // fields of each answer

  Said answer(const Asked& asked) const {
    const bool known = !etag.empty() && asked.field("If-None-Match") == etag;
    const bool dated = !modified.empty() && asked.field("If-Modified-Since") == modified;
    if (known || dated) return {"HTTP/1.1 304 Not Modified\r\n" + fields() + "\r\n"};
    const std::string range = asked.field("Range"), still = asked.field("If-Range");
    const bool changed = !still.empty() && still != etag && still != modified;
    if (!ranges || range.empty() || changed) return {whole()};
    std::size_t first = 0, last = 0;
    const char* const end = range.data() + range.size();
    const char* const dash = std::from_chars(range.data() + 6, end, first).ptr;
    std::from_chars(dash + 1, end, last);
    if (first >= file.size()) {
      return {"HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */" +
              std::to_string(file.size()) + "\r\nContent-Length: 0\r\n\r\n"};
    }
    return {part(first, std::min(last, file.size() - 1))};
  }
  std::string whole() const {
    return "HTTP/1.1 200 OK\r\n" + fields() + "Content-Length: " + std::to_string(file.size()) +
           "\r\n\r\n" + file;
  }
  std::string part(std::size_t first, std::size_t last) const {
    return "HTTP/1.1 206 Partial Content\r\n" + fields() + "Content-Range: bytes " +
           std::to_string(first) + "-" + std::to_string(last) + "/" + std::to_string(file.size()) +
           "\r\nContent-Length: " + std::to_string(last - first + 1) + "\r\n\r\n" +
           file.substr(first, last - first + 1);
  }

 private:
  std::string fields() const {
    return (etag.empty() ? "" : "ETag: " + etag + "\r\n") +
           (modified.empty() ? "" : "Last-Modified: " + modified + "\r\n") + extra;
  }
};

// A folder of a web server. It counts what it sends of each file.
struct FolderServer {
  void put(const std::string& path, Bytes content) {
    files.insert_or_assign(path, FileServer(std::string(as_text(content))));
  }
  Said answer(const Asked& asked) {
    const auto found = files.find(asked.path);
    if (found == files.end()) return {"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"};
    found->second.ranges = ranges;
    Said said = found->second.answer(asked);
    const std::size_t head = said.bytes.find("\r\n\r\n") + 4;
    sent[asked.path] += said.bytes.size() - head;
    return said;
  }
  std::map<std::string, FileServer> files;
  std::map<std::string, std::size_t> sent;
  bool ranges = true;
};

// What a test sees of it, in words.
class PullLog final : public PullWatcher {
 public:
  void asked(Outcome outcome, const Result<>& why, Millis next) override {
    constexpr std::string_view kNames[] = {"unchanged", "current", "installed", "cut", "failed"};
    std::string word(kNames[static_cast<std::size_t>(outcome)]);
    if (!why) word += ":" + std::string(name(why.error().code));
    words += (words.empty() ? "" : " ") + word;
    last = why;
    next_in = next;
  }
  void on_fresh(const Result<Freshness>& token) override {
    fresh += token ? (token->newer ? " newer" : " current")
                   : " " + std::string(name(token.error().code));
  }
  void on_stale(Millis) override { ++stale; }
  std::string words, fresh;
  unsigned stale = 0;
  Result<> last;
  Millis next_in{0};
};

class NoteInMemory final : public WebMemory {
 public:
  std::size_t load(MutableBytes out) override {
    std::ranges::copy(note, out.begin());
    return note.size();
  }
  void save(Bytes bytes) override { note.assign(bytes.begin(), bytes.end()); }
  std::vector<std::byte> note;
};

inline void same_random(MutableBytes out) {  // always the middle of every spread
  std::ranges::fill(out, std::byte{});
  store_le32(out, 0, 0x8000'0000);
}

class WebPullBench {
 public:
  using Server = std::function<Said(const Asked&)>;
  static constexpr std::string_view kUrl = "https://updates.example/lamp/app.bin";

  WebPullBench(Intake& engine, Server what, WebPull::Config config = usual(),
               crypto::RandomSource random = &same_random)
      : server(std::move(what)), pull(engine, config, &memory, &log, random) {}
  static WebPull::Config usual() {
    return {.url = kUrl, .scheme = kHttps, .first_least = Millis{0}, .first_most = Millis{0}};
  }

  // Whatever is due within that time.
  void run(Millis time) {
    const Instant until = now + time;
    while (pull.deadline() && *pull.deadline() <= until) {
      now = std::max(now, *pull.deadline());
      turn();
    }
    now = std::max(now, until);
  }
  // One connection, when it is due.
  void once() {
    const std::size_t before = connections;
    while (connections == before && pull.deadline()) {
      now = std::max(now, *pull.deadline());
      turn();
    }
  }

  std::vector<Asked> requests;
  std::string hosts;  // of the connections: "updates.example:443 ..."
  std::size_t connections = 0;
  std::size_t chunk = 0;  // bytes delivered at a time; 0: all
  bool up = true;
  Server server;
  NoteInMemory memory;
  PullLog log;
  WebPull pull;
  Instant now{std::chrono::hours(7)};

 private:
  void turn() {
    const std::optional<WebUrl> where = pull.turn(now);
    if (!where) return;
    ++connections;
    hosts +=
        (hosts.empty() ? "" : " ") + std::string(where->host) + ":" + std::to_string(where->port);
    if (!up) return pull.closed(fail(Code::unreachable, Where::link), now);
    Link& link = pull.link();
    link.on_connected(now);
    while (!is_over(link)) exchange(link);
    pull.closed(link.outcome(), now);
  }
  void exchange(Link& link) {
    const std::string text = heard(link);
    link.on_waiting(now);
    if (text.empty()) return stay_silent(link);
    const std::size_t path = text.find(' ') + 1;
    requests.push_back({text, text.substr(path, text.find(' ', path) - path)});
    const Said said = server(requests.back());
    std::string_view rest = said.bytes;
    while (!rest.empty() && !is_over(link)) {
      const std::string_view piece = rest.substr(0, chunk == 0 ? rest.size() : chunk);
      link.on_bytes(as_bytes(piece), now);
      link.on_waiting(now);
      rest.remove_prefix(piece.size());
    }
    if (is_over(link)) return;
    if (said.then == Said::fin) link.on_peer_done(now);
    if (said.then == Said::reset) link.on_lost(now);
    if (said.then == Said::silence) stay_silent(link);
  }
  static std::string heard(Link& link) {
    std::string text;
    std::array<std::byte, kLeastRoom> room{};
    while (const std::size_t size = link.write_to(room)) text += as_text(Bytes(room).first(size));
    return text;
  }
  void stay_silent(Link& link) {
    while (!is_over(link)) {
      now = std::max(now, *link.deadline());
      link.on_deadline(now);
    }
  }
  static bool is_over(const Link& link) { return link.phase() == Phase::closed; }
};

// Shared by the tests of WebPull.
inline std::string file_of(std::size_t size, unsigned seed = 1) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) text += static_cast<char>(i * seed * 7 + i / 251);
  return text;
}

// An answer with one thing in it in place of another.
inline std::string with(std::string answer, const std::string& from, const std::string& to) {
  const std::size_t at = answer.find(from);
  return at == answer.npos ? answer : answer.replace(at, from.size(), to);
}

inline bool is_first(const Asked& asked) { return asked.field("Range") == "bytes=0-4095"; }

inline std::string text_of(const std::vector<std::byte>& bytes) {
  return std::string(as_text(bytes));
}

struct OneServer {
  explicit OneServer(std::size_t size = 10'000) : files(file_of(size)) {}
  FileServer files;
  fakes::FakeIntake intake;
  WebPullBench bench{intake, [this](const Asked& asked) { return files.answer(asked); }};
  void start() { bench.pull.start(bench.now); }
};

}  // namespace updraft::link
