#include "host/client_update.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "protocols/control/control_host.hpp"

namespace updraft::host {
namespace {

// A payload that can be read once, and what was read of it once more.
class Replayed {
 public:
  explicit Replayed(Payload& payload) : payload_(payload) {}
  std::uint64_t size() const { return payload_.size() == link::kUnknownSize ? 0 : payload_.size(); }
  void rewind() { at_ = 0; }
  std::size_t read(MutableBytes out) {
    if (at_ == kept_.size()) {
      const std::size_t fresh = payload_.read(out);
      kept_.insert(kept_.end(), out.begin(), out.begin() + static_cast<std::ptrdiff_t>(fresh));
      at_ += fresh;
      return fresh;
    }
    const Bytes part = at_most(Bytes(kept_).subspan(at_), out.size());
    std::ranges::copy(part, out.begin());
    at_ += part.size();
    return part.size();
  }
  std::optional<SourceFailure> failure() const { return payload_.failure(); }

 private:
  Payload& payload_;
  std::vector<std::byte> kept_;
  std::size_t at_ = 0;
};

Result<> send_all(control::Client& client, Replayed& payload, const ClientUpdateOptions& options,
                  std::uint64_t& sent) {
  sent = 0;
  std::array<std::byte, link::kControlChunk> piece{};
  UPDRAFT_TRY(client.begin());
  while (const std::size_t size = payload.read(piece)) {
    if (payload.failure()) break;  // a piece that is not whole is not sent
    UPDRAFT_TRY(client.write(Bytes(piece).first(size)));
    sent += size;
    if (options.progress && !options.progress(sent, payload.size())) {
      client.abort();
      return fail(Code::aborted, Where::link);
    }
  }
  if (payload.failure()) {
    client.abort();
    return {};
  }
  return client.end();
}

std::string request_name(std::uint64_t id) {
  using namespace link::control_id;
  return id == kBegin ? "begin" : id == kWrite ? "write" : id == kEnd ? "end" : "version";
}

}  // namespace

std::expected<ClientUpdated, SourceFailure> run_update(control::Client& client, Payload& payload,
                                                       const ClientUpdateOptions& options) {
  if (const auto failure = payload.failure()) return std::unexpected(*failure);
  ClientUpdated updated;
  Replayed content(payload);
  Result<> sent = send_all(client, content, options, updated.bytes);
  const bool again = !sent && sent.error().code == Code::rescue_first;
  if (again && client.wait_for_restart(options.restart_limit)) {
    if (options.into_rescue) options.into_rescue();
    content.rewind();
    sent = send_all(client, content, options, updated.bytes);
  }
  if (const auto failure = payload.failure()) return std::unexpected(*failure);
  if (!sent) return std::unexpected(SourceFailure{sent.error(), ""});
  updated.current = client.current();
  if (!options.wait_for_restart || updated.current) return updated;
  const Result<std::string> runs = client.wait_for_restart(options.restart_limit);
  updated.back = runs.has_value();
  if (runs) updated.runs = *runs;
  return updated;
}

std::string control_device(const std::string& target) {
  constexpr std::string_view kScheme = "control:";
  return target.starts_with(kScheme) ? target.substr(kScheme.size()) : "";
}

std::string explain(const Error& error, const std::string& device) {
  const std::string nothing_changed = " The device keeps what it runs.";
  switch (error.code) {
    case Code::unreachable:
      return device + " cannot be opened: " + std::strerror(static_cast<int>(error.found));
    case Code::busy:
      return device + " is in use by another program; wait until it is done.";
    case Code::not_wanted:
      return device + " said no to " + request_name(error.found) + "; its console tells why." +
             nothing_changed;
    case Code::rescue_first:
      return device + ": " + std::string(sentence(error.code));
    case Code::timeout:
      return device + " did not answer to " + request_name(error.found) +
             " in time; check that it runs and try again." + nothing_changed;
    case Code::aborted:
      if (error.where == Where::device) {
        return device + " restarted in the middle of the update; send it again." + nothing_changed;
      }
      return device + " went away in the middle of the update; check it and send again.";
    case Code::no_session:
      return "There is no session to do that in; open the device and begin first.";
    case Code::payload_missing:
      return "Nothing was written before the end; send the image first.";
    default:
      return device + ": " + std::string(sentence(error.code));
  }
}

}  // namespace updraft::host
