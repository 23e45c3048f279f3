// A package whose image stands beside it, and a link that fetches what the device asks for.
#pragma once
#include "engine/signing/test_signed_bench.hpp"
#include "engine/update/package_parts.hpp"

namespace updraft {

// The three files, as they stand in a folder.
struct PackageFiles {
  Buffer head, index, transfer;

  Bytes of(PackageFile file) const {
    if (file == PackageFile::package) return head;
    return file == PackageFile::index ? index : transfer;
  }
};

inline PackageFiles files_apart(const Desk& desk, Bytes image, Desk::Release release) {
  release.beside = {.transfer = "lamp-7.bin", .index = "lamp-7.ix"};
  const Bytes transfer = release.transfer.empty() ? image : release.transfer;
  return {.head = desk.package(image, release),
          .index = host::chunk_index(transfer),
          .transfer = Buffer(transfer.begin(), transfer.end())};
}

class FetchingLink final : private PackageFetcher {
 public:
  static constexpr std::size_t kPiece = 4096;

  // `most`: bytes that arrive, before the link falls silent.
  explicit FetchingLink(LeanUpdater& updater, std::size_t most = SIZE_MAX)
      : updater_(updater), most_(most) {}

  Result<> fetch(const PackageFiles& files) {
    UPDRAFT_TRY(updater_.begin({.scheme = kHttps, .size = files.head.size(), .fetcher = this}));
    parts = {.head = files.head.size()};
    for (std::uint64_t at = 0; at < parts.bytes();) {
      const PackagePlace next = place_at(parts, at);
      const Bytes file = files.of(next.file);
      const std::size_t piece =
          std::min(next.to - next.from, kPiece - next.from % std::uint64_t{kPiece});
      const Bytes bytes = file.subspan(static_cast<std::size_t>(next.from), piece);
      if (bytes.size() > most_) return {};
      most_ -= bytes.size();
      sent[static_cast<std::size_t>(next.file)] += bytes.size();
      UPDRAFT_TRY(updater_.write(bytes));
      const Result<std::uint64_t> needed = updater_.resume_at(at + bytes.size());
      if (!needed) return needed.error();
      at = *needed;
    }
    return outcome_of(updater_.finish());
  }
  std::size_t of(PackageFile file) const { return sent[static_cast<std::size_t>(file)]; }

  PackageParts parts;
  std::string names;
  std::array<std::size_t, 3> sent{};

 private:
  void has_parts(const PackageParts& made) override {
    names = std::string(made.index_name) + " " + std::string(made.transfer_name);
    parts = {.head = made.head, .index = made.index, .transfer = made.transfer};
  }

  LeanUpdater& updater_;
  std::size_t most_;
};

}  // namespace updraft
