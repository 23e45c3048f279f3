// What a device replied, as a sender reads it: status and the members of the JSON object that
// anybody asks for. One for all calls; what a reply does not have stays empty.
#pragma once
#include <optional>

#include "engine/format/json_reader.hpp"
#include "protocols/native/native_words.hpp"

namespace updraft::link {

// An entry of `need`: a page of the index, or bytes of the transfer.
struct NativeNeed {
  std::uint64_t part = 0;
  std::optional<std::uint64_t> page;
  std::uint64_t from = 0, to = 0;
};

struct NativeAnswer {
  using Need = NativeNeed;
  std::uint16_t status = 0;
  Bytes body;  // as it came, as far as there was room to keep it
  // GET /device
  Text<64> id;
  Text<32> class_id;  // hex
  Text<16> chip, digest, slot, state;
  Text<64> project, version;
  std::uint64_t sequence = 0, key_set = 0, slot_bytes = 0, boot = 0;
  bool takes_delta = false, data_on_trial = false;
  // A session
  Text<16> session;
  std::uint64_t received = 0, total = 0;
  std::optional<Need> need;  // the first; nullopt: nothing is missing
  // How something went
  Text<16> result, trust;
  Text<32> code;
  std::uint64_t offset = 0;
  bool restarts = false;

  bool good() const { return status >= 200 && status < 300; }
  // The error that it tells; protocol: none that this program knows.
  Error error() const;
};

// Reads a reply, in pieces of any size. Errors: protocol (no such reply, or a body beyond
// kNativeAnswerBytes).
inline constexpr std::size_t kNativeAnswerBytes = 16'384;

class NativeAnswerReader final : private format::JsonHandler {
 public:
  // `keep`: room for the body of a good reply, which has a reader of its own.
  void reset(MutableBytes keep = {});
  // Takes bytes up to the end of the reply.
  Result<> push(Bytes& rx);
  bool complete() const { return complete_; }
  bool has_begun() const { return head_size_ != 0; }
  const NativeAnswer& answer() const { return answer_; }

 private:
  Result<> on_token(const format::JsonToken& token) override;
  Result<> take_head();
  void take_text(std::string_view text);
  void take_number(std::uint64_t number);

  NativeAnswer answer_;
  MutableBytes keep_;
  std::array<char, kNativeHeaderBytes> head_{};
  std::size_t head_size_ = 0;
  bool in_body_ = false, complete_ = false;
  std::uint64_t left_ = 0;
  format::JsonReader json_{*this};
  std::size_t depth_ = 0;
  bool in_need_ = false;
  std::size_t needs_ = 0;  // entries that were seen
  Text<24> key_;
};

}  // namespace updraft::link
