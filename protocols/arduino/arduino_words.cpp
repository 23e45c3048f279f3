#include "protocols/arduino/arduino_words.hpp"

#include <algorithm>
#include <charconv>

#include "engine/core/hex.hpp"

namespace updraft::link {
namespace {

// Reads a datagram from its front, as the original's parser does.
class ArduinoReader {
 public:
  explicit ArduinoReader(std::string_view text) : rest_(text) {}

  // After spaces; nullopt: no digit is there, or too many.
  std::optional<std::uint64_t> number() {
    skip(' ');
    const std::size_t digits =
        std::min(rest_.find_first_not_of("0123456789"), std::min(rest_.size(), kArduinoDigits));
    if (digits < rest_.size() && rest_[digits] >= '0' && rest_[digits] <= '9') return std::nullopt;
    std::uint64_t value = 0;
    const char* const begin = rest_.data();
    const char* const end = begin + digits;
    if (std::from_chars(begin, end, value).ptr != end || digits == 0) return std::nullopt;
    rest_.remove_prefix(digits);
    return value;
  }
  // One byte, whatever it is, then all up to the end of the line.
  std::string_view rest_of_line() {
    rest_.remove_prefix(std::min<std::size_t>(1, rest_.size()));
    const std::string_view line = rest_.substr(0, rest_.find('\n'));
    const std::size_t first = line.find_first_not_of(" \t\r");
    if (first == line.npos) return {};
    return line.substr(first, line.find_last_not_of(" \t\r") + 1 - first);
  }

 private:
  void skip(char what) {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(what), rest_.size()));
  }
  std::string_view rest_;
};

class ArduinoWriter {
 public:
  explicit ArduinoWriter(MutableBytes out) : out_(out) {}
  ArduinoWriter& text(std::string_view text) {
    const Bytes part = as_bytes(text.substr(0, out_.size() - size_));
    std::ranges::copy(part, out_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += part.size();
    return *this;
  }
  ArduinoWriter& number(std::uint64_t value) {
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    return text({digits.data(), static_cast<std::size_t>(end - digits.data())});
  }
  std::size_t size() const { return size_; }

 private:
  MutableBytes out_;
  std::size_t size_ = 0;
};

}  // namespace

bool is_arduino_nonce(std::string_view text) {
  return is_hex(text, kArduinoLegacyChars / 2) || is_hex(text, kArduinoCurrentChars / 2);
}

std::optional<ArduinoInvitation> parse_arduino_invitation(std::string_view datagram) {
  ArduinoReader reader(datagram);
  const auto command = reader.number(), port = reader.number(), size = reader.number();
  if (!command || !port || !size) return std::nullopt;
  if (*command != kArduinoApp && *command != kArduinoFileSystem) return std::nullopt;
  if (*port == 0 || *port > UINT16_MAX) return std::nullopt;
  ArduinoInvitation made{
      .command = *command, .port = static_cast<std::uint16_t>(*port), .size = *size};
  if (!read_hex(reader.rest_of_line(), made.md5)) return std::nullopt;
  return made;
}

std::optional<ArduinoProof> parse_arduino_proof(std::string_view datagram) {
  ArduinoReader reader(datagram);
  if (reader.number() != kArduinoAuthCommand) return std::nullopt;
  const std::string_view line = reader.rest_of_line();
  const std::size_t space = std::min(line.find(' '), line.size());
  const ArduinoProof proof{.cnonce = line.substr(0, space),
                           .response = line.substr(std::min(space + 1, line.size()))};
  const bool fits = proof.cnonce.size() == proof.response.size() &&
                    is_arduino_nonce(proof.cnonce) && is_arduino_nonce(proof.response);
  return fits ? std::optional(proof) : std::nullopt;
}

std::size_t write_arduino_invitation(const ArduinoInvitation& invitation, MutableBytes out) {
  std::array<std::byte, kArduinoLegacyChars> md5;
  write_hex(invitation.md5, md5);
  return ArduinoWriter(out)
      .number(invitation.command)
      .text(" ")
      .number(invitation.port)
      .text(" ")
      .number(invitation.size)
      .text(" ")
      .text(as_text(md5))
      .text("\n")
      .size();
}

std::size_t write_arduino_proof(const ArduinoProof& proof, MutableBytes out) {
  return ArduinoWriter(out)
      .number(kArduinoAuthCommand)
      .text(" ")
      .text(proof.cnonce)
      .text(" ")
      .text(proof.response)
      .text("\n")
      .size();
}

std::size_t write_arduino_refusal(const Error& why, MutableBytes out) {
  out = out.first(std::min(out.size(), kArduinoLineBytes));
  return ArduinoWriter(out).text(name(why.code)).text(": ").text(sentence(why)).size();
}

Error parse_arduino_refusal(std::string_view line) {
  const std::string_view word = line.substr(0, line.find(':'));
  for (std::size_t i = 0; i < kCodeCount; ++i) {
    const auto code = static_cast<Code>(i);
    if (word == name(code)) return {code, Where::device};
  }
  return {Code::not_wanted, Where::device};
}

}  // namespace updraft::link
