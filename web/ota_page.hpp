// The update page (web/ota.html), compiled in: every HTTP server, on Linux or on the chip, sends
// these bytes for GET /ota and puts the policy into the reply's headers (security.md section 4).
//
// Both live in read-only memory for ever; on a chip that is flash. Made at build time by
// tools/embed-page.
#pragma once
#include <string_view>

#include "updraft/bytes.hpp"

namespace updraft::web {

inline constexpr std::size_t kMaxOtaPageBytes = 24 * 1024;  // gzipped; a test holds the page to it

// The page, gzipped: send it with `Content-Encoding: gzip` and `Content-Type: text/html;
// charset=utf-8`.
Bytes ota_page_gzip();

// The value of the header `Content-Security-Policy`: nothing but the page's own script and style
// runs, by their SHA-256, and the page talks to this device, and to the address that its user types
// in.
std::string_view ota_page_policy();

}  // namespace updraft::web
