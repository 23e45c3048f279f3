// Errors as small values. `Result<T>` is what every function that can fail returns; nothing throws.
#pragma once
#include <cstdint>
#include <expected>
#include <string_view>

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
// judged (chip ids, bytes, revisions); both 0 if there are none.
struct Error {
  Code code;
  Where where;
  std::uint64_t found = 0;
  std::uint64_t expected = 0;
  friend bool operator==(const Error&, const Error&) = default;
};

template <class T = void>
using Result = std::expected<T, Error>;

// return fail(Code::wrong_chip, Where::image, found, expected);
inline std::unexpected<Error> fail(Code code, Where where, std::uint64_t found = 0,
                                   std::uint64_t expected = 0) {
  return std::unexpected(Error{code, where, found, expected});
}

}  // namespace updraft

// Leaves the function with the error of `expression`, if it has one.
#define UPDRAFT_TRY(expression)                                                \
  do {                                                                         \
    if (auto try_ = (expression); !try_) return std::unexpected(try_.error()); \
  } while (false)
