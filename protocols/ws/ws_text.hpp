// Reads one text message of ota_ws_update: an object with the members `name` and `value`, in any
// order, among others: `current` and `answer`, which are ours, and what nobody asks for
// (protocols/ws/SPEC.md sections 7 and 8). Takes it as it arrives, in pieces of any size.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/format/json_reader.hpp"
#include "protocols/link/login.hpp"

namespace updraft::link {

inline constexpr std::size_t kWsTokenBytes = 63;  // of name and of value

class WsText final : private format::JsonHandler {
 public:
  void reset();
  // Errors: protocol: not JSON, no object, a member missing, twice, or too long, a name that is no
  // string, a value that is an object or an array.
  Result<> push(Bytes text) { return reader_.push(text); }
  Result<> finish();

  // After finish().
  std::string_view name() const { return name_.view(); }
  std::string_view value() const { return value_.view(); }  // of a string or a literal
  bool current() const { return current_; }  // there is a member `current`, and it is true
  // The member `answer`; nullopt: there is none of kAnswerChars.
  std::optional<Answer> answer() const;
  // A number from 0 on, also where it came as a string.
  std::optional<std::uint64_t> number() const;

 private:
  enum class Member : std::uint8_t { other, name, value, current, answer };
  Result<> on_token(const format::JsonToken& token) override;
  Result<> on_begin(const format::JsonToken& token);
  Result<> on_value(const format::JsonToken& token);

  format::JsonReader reader_{*this};
  Member member_ = Member::other;
  unsigned depth_ = 0;
  bool has_name_ = false, has_value_ = false, current_ = false;
  Text<kWsTokenBytes> name_, value_;
  Text<kAnswerChars> answer_;
  std::optional<std::int64_t> number_;
};

}  // namespace updraft::link
