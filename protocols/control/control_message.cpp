#include "protocols/control/control_message.hpp"

#include <charconv>

namespace updraft::link {

std::array<std::uint32_t, 5> version_numbers(std::string_view text) {
  std::array<std::uint32_t, 5> numbers{};
  const char* at = text.data();
  const char* const end = at + text.size();
  if (at != end && (*at == 'v' || *at == 'V')) ++at;
  for (std::uint32_t& number : numbers) {
    const auto [stop, error] = std::from_chars(at, end, number);
    if (error != std::errc{} || stop == end || *stop != '.') break;
    at = stop + 1;
  }
  return numbers;
}

std::size_t encode_control_frame(ControlForm form, const ControlMessage& message,
                                 MutableBytes out) {
  ControlEndpoint endpoint = ControlEndpoint::response;
  if (message.type == ControlType::event) endpoint = ControlEndpoint::event;
  if (form == ControlForm::older) endpoint = ControlEndpoint::older;
  if (out.size() < kControlHeadBytes) return 0;
  const std::size_t head = write_control_head(endpoint, 0, out);
  const MutableBytes room = out.subspan(head);
  const std::size_t size =
      encode_control(form, message, room.first(std::min(room.size(), kTlvData)));
  if (size == 0) return 0;
  write_control_head(endpoint, size, out);
  return head + size;
}

}  // namespace updraft::link
