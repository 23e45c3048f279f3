// A card in memory.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "protocols/sd/sd_card.hpp"

namespace updraft::fakes {

class FakeCard final : public link::SdCard {
 public:
  struct Content {
    std::vector<std::byte> bytes;
    std::uint64_t changed = 1;
  };
  std::map<std::string, Content> files;
  bool pulled = false, locked = false;
  std::size_t reads_until_pulled = SIZE_MAX;
  std::string misuse;

  void put(const std::string& name, Bytes bytes) {
    Content& content = files[name];
    content.bytes.assign(bytes.begin(), bytes.end());
    ++content.changed;
  }

  Result<> list() override {
    if (pulled) return fail(Code::unreachable, Where::link);
    names_.clear();
    for (const auto& [name, content] : files) names_.insert(names_.begin(), name);  // backwards
    return {};
  }
  std::string_view next_name() override {
    if (names_.empty()) return {};
    name_ = names_.front();
    names_.erase(names_.begin());
    return name_;
  }
  Result<File> open(std::string_view name) override {
    if (open_ && misuse.empty()) misuse = "two files open at a time";
    const auto found = files.find(std::string(name));
    if (pulled || found == files.end()) return fail(Code::unreachable, Where::link);
    open_ = found->first;
    at_ = 0;
    return File{.size = found->second.bytes.size(), .changed = found->second.changed};
  }
  Result<std::size_t> read(MutableBytes out) override {
    if (reads_until_pulled-- == 0) pulled = true;
    if (pulled || !open_) return fail(Code::aborted, Where::link);
    const Bytes rest = Bytes(files[*open_].bytes).subspan(at_);
    const Bytes part = at_most(rest, out.size());
    std::ranges::copy(part, out.begin());
    at_ += part.size();
    return part.size();
  }
  void close() override { open_.reset(); }
  Result<> rename(std::string_view from, std::string_view to) override {
    const auto found = files.find(std::string(from));
    if (pulled || locked || found == files.end()) return fail(Code::unreachable, Where::link);
    Content content = std::move(found->second);
    files.erase(found);
    files[std::string(to)] = std::move(content);
    return {};
  }
  std::string names() const {
    std::string all;
    for (const auto& [name, content] : files) all += (all.empty() ? "" : " ") + name;
    return all;
  }

 private:
  std::vector<std::string> names_;
  std::string name_;
  std::optional<std::string> open_;
  std::size_t at_ = 0;
};

}  // namespace updraft::fakes
