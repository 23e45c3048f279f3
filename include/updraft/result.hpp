// Errors as small values. `Result<T>` is what every function that can fail returns; nothing throws,
// and the compiler warns if a result is dropped ((void) says that it may be).
#pragma once
#include <cstdint>
#include <expected>
#include <string_view>
#include <type_traits>
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

// An error on its way into the Result that is returned: small enough for a register, as nearly
// every function of the library ends in one.
class Failure {
 public:
  constexpr Failure(Code code, Where where, Reason reason = Reason::none)
      : packed_(static_cast<std::uint32_t>(code) | static_cast<std::uint32_t>(where) << 8 |
                static_cast<std::uint32_t>(reason) << 16) {}
  constexpr Error with(std::uint64_t found, std::uint64_t expected) const {
    return {static_cast<Code>(packed_ & 0xff), static_cast<Where>(packed_ >> 8 & 0xff), found,
            expected, static_cast<Reason>(packed_ >> 16)};
  }
  constexpr operator Error() const { return with(0, 0); }

 private:
  std::uint32_t packed_;
};
struct NumberedFailure {
  constexpr operator Error() const { return what.with(found, expected); }

  Failure what;
  std::uint64_t found;
  std::uint64_t expected;
};

// return fail(Code::wrong_chip, Where::image, found, expected);
constexpr Failure fail(Code code, Where where) { return {code, where}; }
constexpr NumberedFailure fail(Code code, Where where, std::uint64_t found,
                               std::uint64_t expected = 0, Reason reason = Reason::none) {
  return {{code, where, reason}, found, expected};
}

// std::expected, and a class of its own so that dropping one is a warning. An error that is
// returned is a failed Result. What makes one of an error is never inlined: it is called more often
// than anything else, and code is what a chip is short of.
template <class T = void>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using Base = std::expected<T, Error>;
  using Base::Base;
  // Not the compiler's own: that one clears the room of the error too.
  constexpr Result()
    requires std::is_void_v<T> || std::is_default_constructible_v<T>
      : Base() {}
  constexpr Result(const Base& other) : Base(other) {}
  constexpr Result(Base&& other) : Base(std::move(other)) {}
  [[gnu::noinline]] constexpr Result(const Error& why) : Base(std::unexpect, why) {}
  [[gnu::noinline]] constexpr Result(Failure why) : Base(std::unexpect, Error(why)) {}
  [[gnu::always_inline]] constexpr Result(const NumberedFailure& why)
      : Result(why.what, why.found, why.expected) {}
  // In place: the assignment of a Result would copy one.
  template <class Why>
    requires std::is_same_v<Why, Error> || std::is_same_v<Why, Failure> ||
             std::is_same_v<Why, NumberedFailure>
  constexpr Result& operator=(const Why& why) {
    Base::operator=(std::unexpected<Error>(why));
    return *this;
  }

 private:
  [[gnu::noinline]] constexpr Result(Failure what, std::uint64_t is, std::uint64_t should_be)
      : Base(std::unexpect, what.with(is, should_be)) {}
};

// How it went, without what came of it.
template <class T>
constexpr Result<> outcome_of(const Result<T>& result) {
  if (!result) return result.error();
  return {};
}

}  // namespace updraft

// Leaves the function with the error of `expression`, if it has one.
#define UPDRAFT_TRY(expression)                               \
  do {                                                        \
    if (auto try_ = (expression); !try_) return try_.error(); \
  } while (false)
