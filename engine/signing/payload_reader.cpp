#include "engine/signing/payload_reader.hpp"

#include "engine/suit/cbor_reader.hpp"

namespace updraft {

void PayloadReader::reset(std::uint64_t payloads) {
  left_ = payloads;
  size_ = 0;
  filled_ = name_size_ = 0;
}

Result<bool> PayloadReader::next(Bytes& in) {
  while (!in.empty()) {
    head_[filled_++] = in.front();
    in = in.subspan(1);
    const Result<bool> read = read_head();
    if (!read || *read) return read;
  }
  return false;
}

// One head is cut as long as bytes of it are missing; never where all of the room is used.
Result<bool> PayloadReader::read_head() {
  suit::CborReader reader(Bytes(head_).first(filled_));
  const std::string_view text = reader.text();
  const suit::CborReader::Head content = reader.head();
  if (reader.cut() && filled_ < head_.size()) return false;
  // Names are in bytewise order of their encoding: the shorter first.
  const bool rises = text.size() > name_size_ || (text.size() == name_size_ && text > name());
  const bool right = reader.at_end() && content.major == suit::Major::bytes && rises;
  if (!right || text.size() > kMostName) return fail(Code::malformed, Where::gate, filled_);
  std::ranges::copy(text, name_.begin());
  name_size_ = text.size();
  size_ = content.value;
  filled_ = 0;
  --left_;
  return true;
}

}  // namespace updraft
