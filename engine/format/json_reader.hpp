// A JSON reader for the small fixed messages of legacy protocols: takes text as it arrives, in
// pieces of any size, and hands on one token after the other. Bounded: no tree, no recursion, no
// heap.
//
// Strings come out as UTF-8 with their escapes undone. One that is longer than kJsonString is cut
// and marked: it may belong to a member that nobody asks for. Integers are exact within +-2^53;
// numbers beyond, and those with a fraction or an exponent, come out as not whole.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "updraft/bytes.hpp"
#include "updraft/result.hpp"

namespace updraft::format {

inline constexpr std::size_t kJsonDepth = 4;
inline constexpr std::size_t kJsonString = 256;       // bytes that are kept of one
inline constexpr std::size_t kJsonNumberDigits = 16;  // characters of a number

struct JsonToken {
  enum class Kind : std::uint8_t {
    begin_object,
    end_object,
    begin_array,
    end_array,
    key,
    string,
    number,
    literal
  };
  Kind kind;
  std::string_view text;  // key, string, literal; valid during the call
  bool cut = false;       // the string was longer than kJsonString
  bool whole = false;     // number: `number` is it
  std::int64_t number = 0;
};

class JsonHandler {
 public:
  virtual Result<> on_token(const JsonToken& token) = 0;

 protected:
  ~JsonHandler() = default;
};

class JsonReader {
 public:
  explicit JsonReader(JsonHandler& handler) : handler_(handler) {}
  void reset();
  // Errors: protocol (`found`: offset of the byte), and those of the handler.
  Result<> push(Bytes text);
  Result<> finish();  // protocol, if the value is not complete

 private:
  enum class State : std::uint8_t {
    value,
    value_or_end,
    key,
    key_or_end,
    colon,
    comma_or_end,
    string,
    escape,
    unicode,
    number,
    literal,
    done
  };
  bool take(char c);  // false: it breaks the grammar, or the handler said no
  bool begin_value(char c);
  bool open(char c);
  bool close(char c);
  bool end_value();
  bool take_string(char c);
  bool take_escape(char c);
  bool take_unicode(char c);
  bool take_number(char c);
  bool take_literal(char c);
  bool end_string();
  bool end_number();
  void keep(char c);
  void keep_code_point(std::uint32_t code);
  bool tell(JsonToken token);

  JsonHandler& handler_;
  Result<> told_;  // what the handler said last
  State state_ = State::value;
  bool is_key_ = false;
  std::uint64_t offset_ = 0;
  std::array<char, kJsonDepth> open_{};  // the closing bracket of each open value
  std::size_t depth_ = 0;
  std::array<char, kJsonString> text_{};
  std::size_t size_ = 0;
  bool cut_ = false;
  std::uint32_t unicode_ = 0, high_surrogate_ = 0;
  int unicode_digits_ = 0;
};

}  // namespace updraft::format
