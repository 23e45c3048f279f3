#include "protocols/control/control_frame.hpp"

#include <algorithm>
#include <cstring>

namespace updraft::link {
namespace {

constexpr std::byte kNameType{1}, kDataType{2};

constexpr std::string_view name_of(ControlEndpoint endpoint) {
  switch (endpoint) {
    case ControlEndpoint::response:
      return "ctrlResp";
    case ControlEndpoint::event:
      return "ctrlEvnt";
    case ControlEndpoint::older:
      break;
  }
  return "control";
}

constexpr std::size_t head_bytes(ControlEndpoint endpoint) {
  return 3 + name_of(endpoint).size() + 3;
}

// What the bytes at hand can be.
struct Look {
  enum { nothing, part, whole } is = nothing;
  std::size_t size = 0;  // of the whole; as far as it is known for a part
  std::size_t head = 0;
  ControlEndpoint endpoint{};
};

// The head as far as it does not depend on the data: up to the data's type.
bool may_be_head(Bytes held, ControlEndpoint endpoint) {
  std::byte head[kControlHeadBytes];
  const std::size_t fixed = write_control_head(endpoint, 0, head) - 2;
  return std::memcmp(held.data(), head, std::min(held.size(), fixed)) == 0;
}

Look look_at(Bytes held, ControlEndpoint endpoint, std::size_t room) {
  if (!may_be_head(held, endpoint)) return {};
  Look look{Look::part, head_bytes(endpoint), head_bytes(endpoint), endpoint};
  if (held.size() < look.head) return look;
  const std::size_t data = load_le16(held, look.head - 2);
  look.size += data;
  if (data == 0 || data > kTlvData || look.size > room) return {};
  if (held.size() >= look.size) look.is = Look::whole;
  return look;
}

Look look_at(Bytes held, std::size_t room) {
  for (const auto endpoint :
       {ControlEndpoint::response, ControlEndpoint::event, ControlEndpoint::older}) {
    const Look look = look_at(held, endpoint, room);
    if (look.is != Look::nothing) return look;
  }
  return {};
}

}  // namespace

std::size_t write_control_head(ControlEndpoint endpoint, std::size_t size, MutableBytes out) {
  const std::string_view name = name_of(endpoint);
  out[0] = kNameType;
  store_le16(out, 1, static_cast<std::uint16_t>(name.size()));
  std::ranges::copy(as_bytes(name), out.begin() + 3);
  out[3 + name.size()] = kDataType;
  store_le16(out, 4 + name.size(), static_cast<std::uint16_t>(size));
  return head_bytes(endpoint);
}

std::optional<ControlFrame> ControlFramer::next(Bytes& rx) {
  release();
  while (true) {
    if (start_ == end_) {
      if (rx.empty()) return std::nullopt;
      gather(rx, 1);
    }
    const Look look = look_at(held(), memory_.size());
    if (look.is == Look::nothing) {
      skip();
    } else if (look.is == Look::whole) {
      handed_out_ = look.size;
      return ControlFrame{look.endpoint, held().subspan(look.head, look.size - look.head)};
    } else if (rx.empty()) {
      return std::nullopt;
    } else {
      gather(rx, look.size);
    }
  }
}

void ControlFramer::give_up() {
  release();
  if (start_ != end_) skip();
}

void ControlFramer::release() {
  start_ += handed_out_;
  handed_out_ = 0;
}

// On to the next byte that can begin a head.
void ControlFramer::skip() {
  const Bytes rest = held().subspan(1);
  start_ = end_ - static_cast<std::size_t>(rest.end() - std::ranges::find(rest, kNameType));
}

// Holds `want` bytes from the start on, or as many as there are. No more than that is taken, so
// that in an orderly stream nothing is ever moved.
void ControlFramer::gather(Bytes& rx, std::size_t want) {
  if (start_ == end_) start_ = end_ = 0;
  if (start_ + want > memory_.size()) {
    std::memmove(memory_.data(), memory_.data() + start_, end_ - start_);
    end_ -= start_;
    start_ = 0;
  }
  const std::size_t missing = want - std::min(want, end_ - start_);
  const Bytes part = rx.first(std::min(rx.size(), missing));
  std::ranges::copy(part, memory_.begin() + static_cast<std::ptrdiff_t>(end_));
  end_ += part.size();
  rx = rx.subspan(part.size());
}

}  // namespace updraft::link
