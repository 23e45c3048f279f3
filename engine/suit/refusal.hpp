// How the judges of this folder say no: into one Error that all of them share, as a Result that is
// handed from one to the next costs more code than the checks themselves.
#pragma once
#include "updraft/result.hpp"

#include "engine/suit/cbor_reader.hpp"

namespace updraft::suit {

// Of the gate, to be overwritten by the first refusal.
inline Error no_refusal() { return Failure(Code::malformed, Where::gate); }

// False, for `return refuse(...)`. `found` and `expected` as in Error.
bool refuse(Error& why, Code code);
bool refuse(Error& why, Code code, std::uint64_t found, std::uint64_t expected);

// Whether nothing was wrong; and whether all was read as well.
bool is_good(const CborReader& in, Error& why);
bool is_whole(CborReader& in, Error& why);

}  // namespace updraft::suit
