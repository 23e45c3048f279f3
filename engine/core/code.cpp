#include <algorithm>
#include <array>
#include <limits>

#include "updraft/result.hpp"

namespace updraft {
namespace {

#define UPDRAFT_NAME_TEXT(name, verdict, sentence) #name "\0"
#define UPDRAFT_SENTENCE_TEXT(name, verdict, sentence) sentence "\0"
#define UPDRAFT_VERDICT(name, verdict, sentence) Verdict::verdict,

// All words stand in one text, each with a zero behind it: apart, each would cost a chip its
// address and the gap behind it.
constexpr char kText[] = UPDRAFT_CODES(UPDRAFT_NAME_TEXT)
#ifndef UPDRAFT_NO_SENTENCES
    UPDRAFT_CODES(UPDRAFT_SENTENCE_TEXT) UPDRAFT_REASONS(UPDRAFT_SENTENCE_TEXT)
#endif
    ;
constexpr Verdict kVerdicts[] = {UPDRAFT_CODES(UPDRAFT_VERDICT)};

struct Words {
  std::uint16_t at;
  std::uint8_t size;
};
constexpr std::size_t kTextSize = sizeof kText - 1;  // each of the words has its zero
static_assert(kTextSize <= std::numeric_limits<decltype(Words::at)>::max());

consteval std::size_t how_many() {
  std::size_t zeros = 0;
  for (std::size_t i = 0; i < kTextSize; ++i) zeros += kText[i] == '\0' ? 1 : 0;
  return zeros;
}

consteval auto cut() {
  std::array<Words, how_many()> all{};
  std::size_t at = 0;
  for (Words& words : all) {
    const std::size_t size = std::string_view(kText + at).size();
    words = {static_cast<std::uint16_t>(at), static_cast<std::uint8_t>(size)};
    at += size + 1;
  }
  return all;
}
constexpr auto kWords = cut();
// A size that does not fit into its byte would end the words elsewhere than at their zero.
static_assert(std::ranges::all_of(kWords, [](const Words& words) {
  return kText[words.at + words.size] == '\0';
}));
static_assert(kWords.back().at + kWords.back().size + 1U == kTextSize);

std::string_view words(std::size_t i) { return {kText + kWords[i].at, kWords[i].size}; }

}  // namespace

std::string_view name(Code code) {
  if (code == Code::unsigned_image) return "unsigned";  // a C++ keyword cannot be an enumerator
  return words(static_cast<std::size_t>(code));
}
Verdict verdict(Code code) { return kVerdicts[static_cast<std::size_t>(code)]; }

#ifdef UPDRAFT_NO_SENTENCES  // a product that is short of flash: whoever reads looks them up
std::string_view sentence(Code code) { return name(code); }
std::string_view sentence(const Error& error) { return name(error.code); }
#else
std::string_view sentence(Code code) { return words(kCodeCount + static_cast<std::size_t>(code)); }

std::string_view sentence(const Error& error) {
  if (error.reason == Reason::none) return sentence(error.code);
  return words(2 * kCodeCount + static_cast<std::size_t>(error.reason) - 1);
}
#endif

}  // namespace updraft
