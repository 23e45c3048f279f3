// A folder of this system as a card (protocols/sd/sd_card.hpp). It is opened anew for each list, so
// that a card may be put in and pulled; files are opened by their names in it, no link is followed
// out of it.
#pragma once
#include <filesystem>
#include <string>

#include <dirent.h>

#include "protocols/sd/sd_card.hpp"

namespace updraft::linux_port {

class FolderCard final : public link::SdCard {
 public:
  explicit FolderCard(std::filesystem::path folder) : folder_(std::move(folder)) {}
  ~FolderCard();
  FolderCard(const FolderCard&) = delete;
  FolderCard& operator=(const FolderCard&) = delete;

  Result<> list() override;
  std::string_view next_name() override;
  Result<File> open(std::string_view name) override;
  Result<std::size_t> read(MutableBytes out) override;
  void close() override;
  Result<> rename(std::string_view from, std::string_view to) override;

 private:
  void close_folder();
  int folder_fd() const;

  std::filesystem::path folder_;
  DIR* listed_ = nullptr;  // from list() on
  int file_ = -1;
};

}  // namespace updraft::linux_port
