// A package that nobody has signed: what a desk wraps a build in, so that it has an index and can
// be gone on with. It proves nothing; whether its content may come in is the gate's matter.
#pragma once
#include "engine/suit/package.hpp"

namespace updraft::suit {

// Rows 1 to 3 and 8 of spec/suit.md section 5. `front` as for open_package(). malformed: it has a
// signature, which a package that claims none must not. Into `package`, which is blank, and `why`.
bool open_unsigned(Bytes front, Package& package, Error& why);
// Rows 11 and 12, without the vendor, which a desk does not know.
Result<> check_unsigned(Package& package, DeviceState device);

}  // namespace updraft::suit
