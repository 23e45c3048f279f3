#include "updraft/status.hpp"

#include "engine/core/printable.hpp"

namespace updraft {
namespace {

// Writes JSON text into a fixed buffer; once it is full, nothing more. A member is one call with
// its name, and knows by itself whether a comma comes first: code is what a chip is short of.
class Writer {
 public:
  explicit Writer(MutableBytes out) : out_(out) {}
  std::size_t size() const { return full_ ? 0 : size_; }

  void open(char bracket) {
    comma();
    put(bracket);
    first_ = true;
  }
  void close(char bracket) {
    put(bracket);
    first_ = false;
  }
  void key(const char* member) {
    comma();
    put('"');
    raw(member);
    raw("\":");
    first_ = true;
  }
  void text(const char* member, std::string_view value) {
    begin_text(member);
    add(value);
    put('"');
  }
  void begin_text(const char* member) {  // add() and end_text() follow
    key(member);
    put('"');
    first_ = false;
  }
  void add(std::string_view value) {
    for (const char c : value) put_safe(c);
  }
  void add_hex(Bytes value) {
    for (const std::byte byte : value) raw(HexByte(byte).view());
  }
  void end_text() { put('"'); }
  void hex(const char* member, Bytes value) {
    begin_text(member);
    add_hex(value);
    end_text();
  }
  void number(const char* member, std::uint64_t value) {
    key(member);
    first_ = false;
    char digits[20];
    std::size_t at = sizeof digits;
    do {
      digits[--at] = static_cast<char>('0' + value % 10);
      value /= 10;
    } while (value != 0);
    raw({digits + at, sizeof digits - at});
  }
  void flag(const char* member, bool value) { word(member, value ? "true" : "false"); }
  void none(const char* member) { word(member, "null"); }
  void more(const StatusMember& member) {
    comma();
    const std::size_t bytes = member.write(out_.subspan(size_));
    full_ = full_ || bytes == 0;
    size_ += bytes;
  }

 private:
  void word(const char* member, std::string_view value) {
    key(member);
    first_ = false;
    raw(value);
  }
  void comma() {
    if (!first_) put(',');
    first_ = false;
  }
  void raw(std::string_view text) {
    for (const char c : text) put(c);
  }
  void put_safe(char c) {
    if (!is_printable(c)) {
      raw("\\\\x");
      raw(HexByte(static_cast<std::byte>(c)).view());
    } else {
      if (c == '"' || c == '\\') put('\\');
      put(c);
    }
  }
  void put(char c) {
    full_ = full_ || size_ == out_.size();
    if (!full_) out_[size_++] = static_cast<std::byte>(c);
  }

  MutableBytes out_;
  std::size_t size_ = 0;
  bool full_ = false;
  bool first_ = true;  // nothing comes before in this object or list
};

void write_time(Writer& out, const char* member, const std::optional<Millis>& time) {
  if (!time) return out.none(member);
  out.number(member, static_cast<std::uint64_t>(std::max<Millis::rep>(time->count(), 0)));
}

void write_image(Writer& out, const Status& status) {
  const format::AppDescriptor& app = status.running.app;
  out.text("project", app.project_name.view());
  out.text("version", app.version.view());
  out.text("idf", app.idf_ver.view());
  out.begin_text("built");
  out.add(app.date.view());
  if (!app.date.empty() && !app.time.empty()) out.add(" ");
  out.add(app.time.view());
  out.end_text();
  out.hex("digest", Bytes(status.running.digest).first(8));
}

void write_trial(Writer& out, const Status& status) {
  out.text("state", name(status.state));
  out.flag("pending", status.state == OtaState::pending_verify || status.data_on_trial);
  out.text("confirm", status.confirms_itself ? "auto" : "manual");
  write_time(out, "confirm_in_ms", status.confirm_in);
  write_time(out, "give_up_in_ms", status.give_up_in);
}

void write_remembered(Writer& out, const Status& status) {
  out.key("remembered");
  out.open('[');
  for (std::size_t i = 0; i < status.remembered_count; ++i) {
    const Remembered& one = status.remembered[i];
    out.open('{');
    out.hex("digest", image_name(one.image));
    out.text("why", name(one.why));
    out.close('}');
  }
  out.close(']');
}

void write_last(Writer& out, const Status& status) {
  if (!status.last) return out.none("last");
  const LastUpdate& last = *status.last;
  const Error& why = last.why;
  out.key("last");
  out.open('{');
  if (last.ok) {
    out.text("result", last.current ? "current" : "ok");
  } else {
    const bool back = why.code == Code::rolled_back;
    const bool refused = verdict(why.code) == Verdict::refused;
    out.text("result", back ? "rolled_back" : refused ? "refused" : "failed");
    out.text("code", name(why.code));
    out.text("message", status.last_sentence.empty() ? sentence(why) : status.last_sentence);
    out.number("found", why.found);
    out.number("expected", why.expected);
  }
  out.close('}');
}

void write_previous(Writer& out, const Status& status) {
  if (!status.previous) return out.none("previous");
  out.key("previous");
  out.open('{');
  out.text("version", status.previous->version.view());
  out.text("project", status.previous->project.view());
  out.close('}');
}

void write_revision(Writer& out, const char* member, const std::optional<std::uint16_t>& revision) {
  revision ? out.number(member, *revision) : out.none(member);
}

}  // namespace

std::size_t write_status(const Status& status, MutableBytes room) {
  Writer out(room);
  out.open('{');
  write_image(out, status);
  out.text("chip", format::chip_name(status.chip_id));
  out.number("chip_id", status.chip_id);
  write_revision(out, "revision", status.chip_revision);
  write_revision(out, "block_revision", status.block_revision);
  out.text("slot", status.slot.view());
  out.number("slot_bytes", status.slot_bytes);
  out.text("factory", status.factory.view());
  write_trial(out, status);
  write_time(out, "uptime_ms", status.uptime);
  std::array<std::byte, sizeof status.boot> boot;
  store_be(boot, status.boot);
  out.hex("boot", boot);
  out.text("update", name(status.update));
  out.number("received", status.received);
  out.number("total", status.total);
  out.text("policy", name(status.policy));
  out.flag("login", status.login);
  out.number("secure_version", status.running.app.secure_version);
  out.flag("refuses_downgrade", status.refuses_downgrade);
  out.text("sealed", status.sealed);
  out.number("inflate_window", status.inflate_window);
  out.flag("delta", status.takes_delta);
  if (status.more != nullptr) out.more(*status.more);
  write_previous(out, status);
  write_remembered(out, status);
  write_last(out, status);
  out.close('}');
  return out.size();
}

void StatusKeeper::fill(Status& status) const {
  status.update = state_;
  status.received = received_;
  status.total = total_;
  status.last = last_;
}

void StatusKeeper::on_state(UpdateState state) {
  state_ = state;
  wrote_ = wrote_ || state == UpdateState::writing;
  if (state == UpdateState::judging || state == UpdateState::idle) received_ = total_ = 0;
  next_.on_state(state);
}

void StatusKeeper::on_progress(std::uint64_t received, std::uint64_t total) {
  received_ = received;
  total_ = total;
  next_.on_progress(received, total);
}

void StatusKeeper::on_installed(const Installed& installed) {
  last_ = {.ok = true};
  next_.on_installed(installed);
}

void StatusKeeper::on_files_installed(const FilesInstalled& installed) {
  last_ = {.ok = true, .current = !installed.changed};
  next_.on_files_installed(installed);
}

void StatusKeeper::on_current(const Session& session, const format::ImageInfo& image) {
  last_ = {.ok = true, .current = true};
  next_.on_current(session, image);
}

void StatusKeeper::on_ended(const Session& session, const Error& why) {
  last_ = {.why = why};
  next_.on_ended(session, why);
}

}  // namespace updraft
