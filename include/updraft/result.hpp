// Errors as small values. `Result<T>` is what every function that can fail returns; nothing throws,
// and the compiler warns if a result is dropped ((void) says that it may be).
#pragma once
#include <cstdint>
#include <expected>
#include <string_view>
#include <utility>

#include "updraft/code.hpp"

namespace updraft {

// Which part judged. Together with the code it is enough to find the line.
enum class Where : std::uint8_t {
  link,
  gate,
  inflate,
  delta,
  image,
  table,
  otadata,
  slot,
  boot,
  journal,
  device
};

std::string_view name(Where where);

// `found` and `expected` are the numbers that led to the verdict, in the unit of the field that was
// judged (chip ids, bytes, revisions); both 0 if there are none. They never change the sentence:
// only code and reason do.
struct Error {
  constexpr Error(Code what, Where judge, std::uint64_t is = 0, std::uint64_t should_be = 0,
                  Reason why = Reason::none)
      : code(what), where(judge), reason(why), found(is), expected(should_be) {}

  Code code;
  Where where;
  Reason reason;
  std::uint64_t found;
  std::uint64_t expected;
  friend bool operator==(const Error&, const Error&) = default;
};

std::string_view sentence(const Error& error);  // of its reason, or else of its code

// std::expected, and a class of its own so that dropping one is a warning.
template <class T = void>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using Base = std::expected<T, Error>;
  using Base::Base;
  constexpr Result(const Base& other) : Base(other) {}
  constexpr Result(Base&& other) : Base(std::move(other)) {}
  // In place: the assignment of a Result would copy one.
  constexpr Result& operator=(const std::unexpected<Error>& why) {
    Base::operator=(why);
    return *this;
  }
};

// How it went, without what came of it.
template <class T>
constexpr Result<> outcome_of(const Result<T>& result) {
  if (!result) return std::unexpected(result.error());
  return {};
}

// return fail(Code::wrong_chip, Where::image, found, expected);
inline std::unexpected<Error> fail(Code code, Where where, std::uint64_t found = 0,
                                   std::uint64_t expected = 0, Reason reason = Reason::none) {
  return std::unexpected(Error{code, where, found, expected, reason});
}

}  // namespace updraft

// Leaves the function with the error of `expression`, if it has one.
#define UPDRAFT_TRY(expression)                                                \
  do {                                                                         \
    if (auto try_ = (expression); !try_) return std::unexpected(try_.error()); \
  } while (false)
