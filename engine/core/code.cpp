#include <array>

#include "updraft/result.hpp"

namespace updraft {
namespace {
struct Row {
  std::string_view name;
  Verdict verdict;
  std::string_view sentence;
};
constexpr Row kRows[] = {
#define UPDRAFT_CODE_ROW(name, verdict, sentence) {#name, Verdict::verdict, sentence},
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

}  // namespace updraft
