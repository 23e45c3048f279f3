// A package that nobody has signed: what a desk wraps a build in, so that it has an index and can
// be gone on with. It proves nothing; whether its content may come in is the gate's matter.
#pragma once
#include "engine/suit/package.hpp"

namespace updraft::suit {

// Rows 1 to 3, 8, 11 and 12 of spec/suit.md section 5, without the vendor, which a desk does not
// know. `front` and `device` as for judge_package(). malformed: it has a signature, which a package
// that claims none must not.
Result<Package> judge_unsigned(Bytes front, DeviceState device);

}  // namespace updraft::suit
