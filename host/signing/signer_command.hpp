// Somebody else's program that has the key: a token, an HSM, a service.
#pragma once
#include <string>

#include "host/signing/signing_key.hpp"

namespace updraft::host {

inline constexpr std::size_t kMostSignature = 1024;  // what a command may write
inline constexpr std::size_t kMostMessage =
    4096;  // fits into a pipe: the command may be slow to read

// `command`, run by /bin/sh, reads the message on standard input and writes the signature of its
// SHA-256, in DER or as r and s. Throws Trouble: it failed, or wrote something else.
Signature sign_by_command(const std::string& command, Bytes message);

}  // namespace updraft::host
