// A folder of a mounted FAT file system as a card (protocols/sd/sd_card.hpp), by the calls of
// ESP-IDF's VFS. FAT has no links.
#pragma once
#include <array>
#include <string_view>

#include <dirent.h>

#include "protocols/sd/sd_names.hpp"

namespace updraft::esp_idf {

inline constexpr std::size_t kMaxSdFolder = 63;  // characters; as the original cuts its paths

class SdFolder final : public link::SdCard {
 public:
  // The text outlives it, and has at most kMaxSdFolder characters.
  explicit SdFolder(std::string_view folder) : folder_(folder) {}
  ~SdFolder();
  SdFolder(const SdFolder&) = delete;
  SdFolder& operator=(const SdFolder&) = delete;

  Result<> list() override;
  std::string_view next_name() override;
  Result<File> open(std::string_view name) override;
  Result<std::size_t> read(MutableBytes out) override;
  void close() override;
  Result<> rename(std::string_view from, std::string_view to) override;

 private:
  // Folder, slash, name, and the NUL.
  using Path = std::array<char, kMaxSdFolder + 1 + sizeof(link::SdName) + 1>;
  Path path_of(std::string_view name) const;
  void close_folder();

  std::string_view folder_;
  DIR* listed_ = nullptr;
  int file_ = -1;
};

}  // namespace updraft::esp_idf
