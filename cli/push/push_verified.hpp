// What the pushes have in common whose device may ask for a password, and says by itself that it
// has verified the file and starts it.
#pragma once
#include <string>
#include <string_view>

#include "cli/push/push_door.hpp"
#include "cli/words/password.hpp"
#include "host/push/push_method.hpp"

namespace updraft::cli {

// Sends the bytes; where the device wants a password, none was given and a person is there, asks
// for it and sends once more. `password`: that of `push`; nullptr: none would help. Throws if it
// was interrupted.
host::Ended push_and_ask(const host::PushTo& to, host::PushMethod& push,
                         const std::vector<std::byte>& bytes, std::string* password,
                         const PasswordOptions& given);

// The sentence for an end that each of them may come to; empty: it is the protocol's own.
std::string usual_failure(const host::PushTo& to, const host::Ended& ended, bool knows_password);

// How it ended, for both kinds of reader; returns the exit status.
struct VerifiedEnd {
  boost::json::object event;  // the result, with what the protocol adds
  std::string failure;        // the sentence for an error
  std::string_view word;      // of a line about the device: "login"
  std::string about;          // that line
};
int conclude_verified(const Output& out, const host::PushTo& to, const host::Ended& ended,
                      VerifiedEnd end);

}  // namespace updraft::cli
