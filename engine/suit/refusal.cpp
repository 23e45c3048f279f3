#include "engine/suit/refusal.hpp"

namespace updraft::suit {

bool refuse(Error& why, Code code, std::uint64_t found, std::uint64_t expected) {
  why.code = code;
  why.found = found;
  why.expected = expected;
  return false;
}

bool refuse(Error& why, Code code) {
  why.code = code;
  return false;
}

bool is_good(const CborReader& in, Error& why) { return in.good() || refuse(why, in.fault()); }

bool is_whole(CborReader& in, Error& why) {
  if (!in.rest().empty()) in.fail();
  return is_good(in, why);
}

}  // namespace updraft::suit
