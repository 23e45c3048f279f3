#include <cctype>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "updraft/result.hpp"

namespace updraft {
namespace {

// security.md section 10, in its order.
const std::vector<std::string_view> kRefused = {
    "not_an_image",
    "not_an_app",
    "malformed",
    "envelope_too_large",
    "too_big",
    "wrong_chip",
    "wrong_revision",
    "wrong_product",
    "wrong_base",
    "wrong_key",
    "bad_checksum",
    "bad_hash",
    "unsigned",
    "not_armed",
    "digest_mismatch",
    "alg_unsupported",
    "key_unknown",
    "signature_invalid",
    "threshold_not_met",
    "revoked",
    "profile_unsupported",
    "sequence_old",
    "sequence_floor",
    "secure_version_low",
    "downgrade",
    "component_unknown",
    "keyset_version",
    "keyset_missing",
    "nonce_mismatch",
    "known_bad",
    "not_remembered",
    "pending_confirm",
    "bad_path",
    "auth_failed",
    "locked",
    "not_paired",
    "not_pending",
    "no_other_image",
    "no_session",
    "no_route",
    "not_wanted",
    "no_memory",
    "rescue_broken",
    "unsafe_layout",
    "flash_size",
    "no_partition",
    "which_partition",
    "wrong_target",
    "wrong_format",
    "no_room",
};
const std::vector<std::string_view> kFailed = {
    "busy",           "protocol",        "timeout",       "unreachable",
    "http_status",    "payload_missing", "size_mismatch", "index_mismatch",
    "chunk_mismatch", "image_mismatch",  "flash",         "starting",
    "rescue_first",   "not_now",         "part_busy",     "aborted",
    "rolled_back",
};

// Causes that have a sentence of their own, by the code that they belong to.
struct Cause {
  Reason reason;
  Code code;
};
constexpr Cause kCauses[] = {
#define UPDRAFT_CAUSE(name, code, sentence) {Reason::name, Code::code},
    UPDRAFT_REASONS(UPDRAFT_CAUSE)
#undef UPDRAFT_CAUSE
};

Code code_at(std::size_t index) { return static_cast<Code>(index); }

std::vector<std::string_view> names(Verdict wanted) {
  std::vector<std::string_view> found;
  for (std::size_t i = 0; i < kCodeCount; ++i) {
    if (verdict(code_at(i)) == wanted) found.push_back(name(code_at(i)));
  }
  return found;
}

TEST(Code, TheListIsThatOfTheSecurityPage) {
  EXPECT_EQ(names(Verdict::refused), kRefused);
  EXPECT_EQ(names(Verdict::failed), kFailed);
}

TEST(Code, NamesAreUniqueAndFitForJson) {
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < kCodeCount; ++i) {
    const std::string_view word = name(code_at(i));
    EXPECT_TRUE(seen.insert(word).second) << word;
    EXPECT_FALSE(word.empty());
    for (const char c : word) EXPECT_TRUE(std::islower(c) || c == '_') << word;
  }
}

TEST(Code, EachHasASentenceThatEndsAndNeedsNoEscapes) {
  for (std::size_t i = 0; i < kCodeCount; ++i) {
    const std::string_view text = sentence(code_at(i));
    ASSERT_FALSE(text.empty()) << name(code_at(i));
    EXPECT_TRUE(std::isupper(text.front())) << text;
    EXPECT_EQ(text.back(), '.') << text;
    EXPECT_EQ(text.find_first_of("\"\\\n"), text.npos) << text;
  }
}

TEST(Code, ACauseHasASentenceThatItsCodeHasNot) {
  for (const Cause& cause : kCauses) {
    const Error error{cause.code, Where::gate, 1, 2, cause.reason};
    const std::string_view text = sentence(error);
    EXPECT_NE(text, sentence(cause.code));
    EXPECT_TRUE(std::isupper(text.front())) << text;
    EXPECT_EQ(text.back(), '.') << text;
    EXPECT_EQ(text.find_first_of("\"\\\n"), text.npos) << text;
  }
  EXPECT_EQ(sentence(Error{Code::wrong_key, Where::gate, 0, 7}), sentence(Code::wrong_key))
      << "the numbers have no say in it";
}

TEST(Code, SpellsTheKeywordInItsName) { EXPECT_EQ(name(Code::unsigned_image), "unsigned"); }

// docs/codes.md holds a row per code: | `name` | verdict | sentence |
std::string documented_rows() {
  std::ifstream file(UPDRAFT_SOURCE_DIR "/docs/codes.md");
  std::string rows;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("| `")) rows += line + "\n";
  }
  return rows;
}

std::string rows_of_the_header() {
  std::ostringstream rows;
  for (std::size_t i = 0; i < kCodeCount; ++i) {
    const Code code = code_at(i);
    rows << "| `" << name(code) << "` | "
         << (verdict(code) == Verdict::refused ? "refused" : "failed") << " | " << sentence(code);
    for (const Cause& cause : kCauses) {
      if (cause.code != code) continue;
      rows << " Or: " << sentence(Error{code, Where::gate, 0, 0, cause.reason});
    }
    rows << " |\n";
  }
  return rows.str();
}

TEST(Code, ThePageOfCodesSaysTheSame) {
  EXPECT_EQ(documented_rows(), rows_of_the_header())
      << "docs/codes.md differs from code.hpp; its rows should read:\n"
      << rows_of_the_header();
}

}  // namespace
}  // namespace updraft
