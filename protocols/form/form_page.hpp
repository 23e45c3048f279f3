// The page with the two forms (protocols/form/SPEC.md section 2.1): the labels and attributes are
// the original's, whom scripts and habits know.
#pragma once
#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "updraft/status.hpp"

namespace updraft::link {

inline constexpr std::size_t kFormPageBytes = 2304;  // enough for any page

struct FormFacts {
  std::optional<std::array<std::byte, 6>> mac;  // of the station
  std::uint64_t free_ram = 0;                   // bytes
};

// Returns the page; `room`: kFormPageBytes. Texts of images are shown as text.
std::string_view write_form_page(const Status& status, const FormFacts& facts,
                                 std::span<char> room);

// The Content-Security-Policy of the page: its forms go to this device, and one small script asks
// whether that is meant. Its Referrer-Policy must not be no-referrer: the forms' Origin would be
// "null", as a foreign page's is.
std::string_view form_page_policy();
inline constexpr std::string_view kFormReferrer = "same-origin";

}  // namespace updraft::link
