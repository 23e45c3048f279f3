#include "updraft/status.hpp"

#include <charconv>

#include "engine/core/printable.hpp"

namespace updraft {
namespace {

// Writes JSON text into a fixed buffer; once it is full, nothing more.
class Writer {
 public:
  explicit Writer(MutableBytes out) : out_(out) {}
  std::size_t size() const { return full_ ? 0 : size_; }

  Writer& raw(std::string_view text) {
    for (const char c : text) put(c);
    return *this;
  }
  Writer& member(std::string_view name) {  // "name":
    return raw("\"").raw(name).raw("\":");
  }
  Writer& text(std::string_view value) {
    put('"');
    for (const char c : value) put_safe(c);
    put('"');
    return *this;
  }
  Writer& number(std::uint64_t value) {
    char digits[20];
    return raw({digits, std::to_chars(digits, digits + sizeof digits, value).ptr});
  }
  Writer& boolean(bool value) { return raw(value ? "true" : "false"); }
  Writer& hex(std::byte byte) { return raw(HexByte(byte).view()); }
  void put_safe(char c) {
    if (!is_printable(c)) {
      raw("\\\\x").hex(static_cast<std::byte>(c));
    } else {
      if (c == '"' || c == '\\') put('\\');
      put(c);
    }
  }

 private:
  void put(char c) {
    full_ = full_ || size_ == out_.size();
    if (!full_) out_[size_++] = static_cast<std::byte>(c);
  }
  MutableBytes out_;
  std::size_t size_ = 0;
  bool full_ = false;
};

std::uint64_t count(Millis time) {
  return static_cast<std::uint64_t>(std::max<Millis::rep>(time.count(), 0));
}

void write_image(Writer& out, const Status& status) {
  const format::AppDescriptor& app = status.running.app;
  out.raw("{").member("project").text(app.project_name.view());
  out.raw(",").member("version").text(app.version.view());
  out.raw(",").member("idf").text(app.idf_ver.view());
  out.raw(",").member("built").raw("\"");
  for (const char c : app.date.view()) out.put_safe(c);
  if (!app.date.empty() && !app.time.empty()) out.raw(" ");
  for (const char c : app.time.view()) out.put_safe(c);
  out.raw("\",").member("digest").raw("\"");
  for (const std::byte b : Bytes(status.running.digest).first(8)) {
    out.hex(b);
  }
  out.raw("\"");
}

void write_trial(Writer& out, const Status& status) {
  out.raw(",").member("state").text(name(status.state));
  out.raw(",").member("pending").boolean(status.state == OtaState::pending_verify);
  out.raw(",").member("confirm").text(status.confirms_itself ? "auto" : "manual");
  out.raw(",").member("confirm_in_ms");
  status.confirm_in ? out.number(count(*status.confirm_in)) : out.raw("null");
}

void write_remembered(Writer& out, const Status& status) {
  out.raw(",").member("remembered").raw("[");
  for (std::size_t i = 0; i < status.remembered_count; ++i) {
    const Remembered& one = status.remembered[i];
    out.raw(i == 0 ? "{" : ",{").member("digest").raw("\"");
    for (const std::byte b : image_name(one.image)) out.hex(b);
    out.raw("\",").member("why").text(name(one.why)).raw("}");
  }
  out.raw("]");
}

void write_last(Writer& out, const LastUpdate& last) {
  if (last.ok) {
    out.raw("{").member("result").text(last.current ? "current" : "ok").raw("}");
    return;
  }
  const bool back = last.why.code == Code::rolled_back;
  const bool refused = verdict(last.why.code) == Verdict::refused;
  out.raw("{").member("result").text(back ? "rolled_back" : refused ? "refused" : "failed");
  out.raw(",").member("code").text(name(last.why.code));
  out.raw(",").member("message").text(sentence(last.why));
  out.raw(",").member("found").number(last.why.found);
  out.raw(",").member("expected").number(last.why.expected).raw("}");
}

void write_revision(Writer& out, std::optional<std::uint16_t> revision) {
  revision ? void(out.number(*revision)) : void(out.raw("null"));
}

}  // namespace

std::size_t write_status(const Status& status, MutableBytes room) {
  Writer out(room);
  write_image(out, status);
  out.raw(",").member("chip").text(format::chip_name(status.chip_id));
  out.raw(",").member("chip_id").number(status.chip_id);
  out.raw(",").member("revision");
  write_revision(out, status.chip_revision);
  out.raw(",").member("block_revision");
  write_revision(out, status.block_revision);
  out.raw(",").member("slot").text(status.slot.view());
  out.raw(",").member("slot_bytes").number(status.slot_bytes);
  out.raw(",").member("factory").text(status.factory.view());
  write_trial(out, status);
  out.raw(",").member("uptime_ms").number(count(status.uptime));
  out.raw(",").member("boot").raw("\"");
  for (int shift = 24; shift >= 0; shift -= 8) {
    out.hex(static_cast<std::byte>(status.boot >> shift & 0xff));
  }
  out.raw("\",").member("update").text(name(status.update));
  out.raw(",").member("received").number(status.received);
  out.raw(",").member("total").number(status.total);
  out.raw(",").member("policy").text(name(status.policy));
  out.raw(",").member("login").boolean(status.login);
  out.raw(",").member("secure_version").number(status.running.app.secure_version);
  out.raw(",").member("refuses_downgrade").boolean(status.refuses_downgrade);
  out.raw(",").member("sealed").text(status.sealed);
  out.raw(",").member("previous");
  if (status.previous) {
    out.raw("{").member("version").text(status.previous->version.view());
    out.raw(",").member("project").text(status.previous->project.view()).raw("}");
  } else {
    out.raw("null");
  }
  write_remembered(out, status);
  out.raw(",").member("last");
  status.last ? write_last(out, *status.last) : void(out.raw("null"));
  out.raw("}");
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
