// Whether a file holds a private key, so that it does not leave this computer by mistake: it often
// lies beside what is sent.
#pragma once
#include <string_view>

namespace updraft::linux_port {

// PEM has its label in the open, encrypted or not; after certificates it may come late.
inline constexpr std::size_t kMostKeyFile = 65'536;

// `beginning`: of a file, kMostKeyFile bytes or all of it. An app that has a key inside is no such
// file: it has bytes that no text has.
inline bool holds_private_key(std::string_view beginning) {
  return beginning.find("PRIVATE KEY-----") != beginning.npos &&
         beginning.find('\0') == beginning.npos;
}

}  // namespace updraft::linux_port
