#include <array>

#include "updraft/result.hpp"

namespace updraft {
namespace {
struct Row {
  std::string_view name;
  Verdict verdict;
#ifndef UPDRAFT_NO_SENTENCES
  std::string_view sentence;
#endif
};
constexpr Row kRows[] = {
#ifdef UPDRAFT_NO_SENTENCES
#define UPDRAFT_CODE_ROW(name, verdict, sentence) {#name, Verdict::verdict},
#else
#define UPDRAFT_CODE_ROW(name, verdict, sentence) {#name, Verdict::verdict, sentence},
#endif
    UPDRAFT_CODES(UPDRAFT_CODE_ROW)
#undef UPDRAFT_CODE_ROW
};
const Row& row(Code code) { return kRows[static_cast<std::size_t>(code)]; }
}  // namespace

std::string_view name(Code code) {
  if (code == Code::unsigned_image) return "unsigned";  // a C++ keyword cannot be an enumerator
  return row(code).name;
}
Verdict verdict(Code code) { return row(code).verdict; }

#ifdef UPDRAFT_NO_SENTENCES  // a product that is short of flash: whoever reads looks them up
std::string_view sentence(Code code) { return name(code); }
std::string_view sentence(const Error& error) { return name(error.code); }
#else
std::string_view sentence(Code code) { return row(code).sentence; }

std::string_view sentence(const Error& error) {
  constexpr std::string_view kSentences[] = {
#define UPDRAFT_REASON_SENTENCE(name, code, sentence) sentence,
      UPDRAFT_REASONS(UPDRAFT_REASON_SENTENCE)
#undef UPDRAFT_REASON_SENTENCE
  };
  if (error.reason == Reason::none) return sentence(error.code);
  return kSentences[static_cast<std::size_t>(error.reason) - 1];
}
#endif

}  // namespace updraft
