// An update engine that only records the calls of a link, in order, and gives the answers of a
// test.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "updraft/intake.hpp"

namespace updraft::fakes {

class FakeIntake final : public Intake {
 public:
  // What it answers; nullopt: ok.
  std::optional<Code> welcome_error, begin_error, write_error, finish_error;
  std::uint64_t write_error_from = 0;  // write_error comes once so many bytes are there
  std::uint64_t image_size = 0;        // fewer bytes at finish(): size_mismatch

  // The recorded calls.
  std::string calls;    // "begin", "begin finish", "begin abort:timeout"; writes show in `bytes`
  std::string reports;  // what never began: names of codes, a space between them
  std::vector<std::byte> bytes;
  std::vector<std::byte> last_bytes;  // those of the session that ended last
  Offer offer;
  bool in_session = false;
  bool many_connections = false;  // so one may end unbegun while another is in its session
  std::string misuse;             // the first breach of Intake's rules; empty: none

  Result<> welcome(const Offer& made) override {
    offer = made;
    if (welcome_error) return fail(*welcome_error, Where::device);
    return {};
  }

  Result<> begin(const Offer& made) override {
    note("begin");
    if (in_session) misuse = misuse.empty() ? "begin within a session" : misuse;
    offer = made;
    if (begin_error) return fail(*begin_error, Where::device);
    in_session = true;
    bytes.clear();
    return {};
  }

  Result<> write(Bytes more) override {
    require_session("write");
    if (more.empty() && misuse.empty()) misuse = "write of nothing";
    bytes.insert(bytes.end(), more.begin(), more.end());
    if (write_error && bytes.size() >= write_error_from) return end(*write_error);
    return {};
  }

  Taken taken = Taken::installed;  // what finish() answers

  Result<Taken> finish(PayloadEnd how) override {
    require_session("finish");
    note("finish");
    const Code incomplete = how == PayloadEnd::silence ? Code::timeout : Code::size_mismatch;
    if (finish_error) return end(*finish_error).error();
    if (bytes.size() < image_size) return end(incomplete).error();
    in_session = false;
    last_bytes = bytes;
    return taken;
  }

  void never_began(Scheme, const Error& why) override {
    reports += (reports.empty() ? "" : " ") + std::string(name(why.code));
    if (in_session && !many_connections && misuse.empty()) misuse = "never_began within a session";
  }

  void abort(const Error& why) override {
    require_session("abort");
    note("abort:" + std::string(name(why.code)));
    in_session = false;
    last_bytes = bytes;
  }

 private:
  void note(const std::string& call) { calls += (calls.empty() ? "" : " ") + call; }
  void require_session(const std::string& call) {
    if (!in_session && misuse.empty()) misuse.append(call).append(" without a session");
  }
  Result<> end(Code code) {
    in_session = false;
    last_bytes = bytes;
    return fail(code, Where::image, bytes.size(), image_size);
  }
};

}  // namespace updraft::fakes
