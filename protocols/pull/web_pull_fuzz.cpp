// A device that asks a web server which says anything, over several connections. Checks that the
// engine hears one session after the other, in order; that each connection comes to its end; that
// every request is one that a server can read; and that the device goes on asking.
//
// Input: byte 0: StrictIntake's mood. Then for each connection: its length (2 bytes, big-endian)
// and a LinkScript.
#include <string>

#include "protocols/pull/web_pull.hpp"
#include "tests/fuzz/link_script.hpp"
#include "tests/fuzz/strict_intake.hpp"

using namespace updraft;
using namespace updraft::link;
using fuzz::check;

namespace {

class Note final : public WebMemory {
 public:
  std::size_t load(MutableBytes out) override {
    std::ranges::copy(Bytes(note_).first(size_), out.begin());
    return size_;
  }
  void save(Bytes note) override {
    check(note.size() <= note_.size(), "a note has a limit");
    std::ranges::copy(note, note_.begin());
    size_ = note.size();
  }

 private:
  std::array<std::byte, kWebNoteBytes> note_{};
  std::size_t size_ = 0;
};

void no_random(MutableBytes out) { std::ranges::fill(out, std::byte{}); }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  fuzz::StrictIntake intake(kHttps, data[0], fuzz::StrictIntake::many);
  Note note;
  WebPull pull(intake,
               {.url = "https://host/dir/app.bin", .fields = "X-A: b\r\n", .scheme = kHttps}, &note,
               nullptr, &no_random);
  Instant now{};
  pull.start(now);
  Bytes rest = fuzz::input(data, size).subspan(1);
  for (int connections = 0; connections < 12 && rest.size() >= 2 && !intake.finished();
       ++connections) {
    const auto length = static_cast<std::size_t>(load_be(rest.first(2)));
    const Bytes script = at_most(rest.subspan(2), length);
    rest = rest.subspan(2 + script.size());
    std::optional<WebUrl> where;
    for (int turns = 0; !where; ++turns) {
      check(turns < 4, "a turn comes to a connection");
      check(pull.deadline().has_value(), "it goes on asking");
      now = std::max(now, *pull.deadline());
      where = pull.turn(now);
    }
    check(where->tls, "https leads to https");
    std::string said;
    fuzz::LinkScript run(pull.link(), script, kPullPaceMs * 2,
                         [&said](Bytes words) { said += as_text(words); });
    run.run();
    for (std::string_view text = said; !text.empty();) {
      const std::size_t end = text.find("\r\n\r\n");
      check(text.starts_with("GET /") && end != text.npos, "whole requests");
      check(text.substr(0, end).find("\r\nRange: bytes=") != text.npos, "each asks for a part");
      text.remove_prefix(end + 4);
    }
    pull.closed(pull.link().outcome(), now);
    check(intake.in_session() ? pull.deadline().has_value() : true,
          "a session that is kept has an end");
  }
  if (intake.in_session()) {
    now += kPullHoldMs * 2;
    (void)pull.turn(now);
  }
  return 0;
}
