// A bundle engine that keeps the files it is given, and checks how it is called.
#pragma once
#include <optional>

#include "protocols/bundle/bundle_intake.hpp"
#include "protocols/bundle/bundle_samples.hpp"

namespace updraft::fakes {

class FakeBundleIntake final : public BundleIntake {
 public:
  // What it answers; nullopt: ok.
  std::optional<Code> begin_error, expect_error, open_error, write_error, finish_error;

  std::string reports;  // what never began: names of codes, a space between them
  std::string calls;    // "begin expect*5 finish"
  std::vector<samples::File> expected, files, installed;
  Offer offer;
  bool in_session = false;
  std::string misuse;

  Result<> begin(const Offer& made) override {
    note("begin");
    if (in_session) misuse = "begin within a session";
    offer = made;
    expected.clear();
    files.clear();
    return answer(begin_error, true);
  }
  Result<> expect(std::string_view path, std::uint64_t size) override {
    require("expect");
    expected.push_back({std::string(path), std::to_string(size)});
    return answer(expect_error, true);
  }
  Result<> open(std::string_view path, std::uint64_t size) override {
    require("open");
    if (files.size() == expected.size() ||
        samples::File{std::string(path), std::to_string(size)} != expected[files.size()]) {
      misuse = "open of what was not expected";
    }
    check_complete();
    files.push_back({std::string(path), ""});
    return answer(open_error, true);
  }
  Result<> write(Bytes bytes) override {
    require("write");
    if (bytes.empty()) misuse = "write of nothing";
    if (files.empty()) misuse = "write before open";
    if (!files.empty()) {
      files.back().content.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    return answer(write_error, true);
  }
  Result<Taken> finish() override {
    require("finish");
    note("finish");
    check_complete();
    if (files.size() != expected.size()) misuse = "finish before the last file";
    const Result<> ended = answer(finish_error, false);
    if (!ended) return ended.error();
    installed = files;
    return Taken::installed;
  }
  void abort(const Error& why) override {
    require("abort");
    note("abort:" + std::string(name(why.code)));
    in_session = false;
  }
  void never_began(Scheme, const Error& why) override {
    reports += (reports.empty() ? "" : " ") + std::string(name(why.code));
  }

 private:
  void note(const std::string& call) { calls += (calls.empty() ? "" : " ") + call; }
  void require(const std::string& call) {
    if (!in_session && misuse.empty()) misuse = call + " without a session";
  }
  void check_complete() {
    if (files.empty()) return;
    const std::string& size = expected[files.size() - 1].content;
    if (size != std::to_string(files.back().content.size())) misuse = "a file is not complete";
  }
  Result<> answer(const std::optional<Code>& error, bool goes_on) {
    in_session = goes_on && !error;
    return error ? fail(*error, Where::device) : Result<>{};
  }
};

}  // namespace updraft::fakes
