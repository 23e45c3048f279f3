// Answers a web server that asks for a login (401): Digest (MD5, qop auth) or Basic.
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace updraft::host {

class HttpCredentials {
 public:
  // The fields WWW-Authenticate of an answer 401. Digest goes before Basic, of which `basic` says
  // whether it may be used. False: there is nothing that could be answered, or a login that was
  // given is not taken.
  bool on_challenge(const std::vector<std::string>& fields, bool basic);
  bool asked() const { return kind_ != Kind::none; }
  // The value of Authorization for the next request; each is good once.
  std::string answer(const std::string& method, const std::string& target, const std::string& user,
                     const std::string& password);

 private:
  enum class Kind { none, basic, digest };
  Kind kind_ = Kind::none;
  bool answered_ = false;
  std::string realm_, nonce_, opaque_;
  unsigned count_ = 0;  // of answers with this nonce
};

}  // namespace updraft::host
