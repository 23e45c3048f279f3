// ESP-IDF's non-volatile storage, as far as room is concerned: pages of 126 entries of 32 bytes, of
// which one page stays free for collecting what is left of another. A number takes one entry; a
// blob one for its index, and for each piece one and its bytes. A name space takes one.
#pragma once
#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <vector>

#include "nvs.h"

namespace updraft::esp_idf {

class FakeNvs {
 public:
  using Value = std::vector<std::byte>;
  static constexpr std::size_t kEntries = 126;  // of a page
  static constexpr std::size_t kEntryBytes = 32;

  explicit FakeNvs(std::size_t pages = 5);  // 20 KB, as in ESP-IDF's own tables

  std::uint8_t name_space(const std::string& name);  // 0: there is no room for it
  esp_err_t set_number(std::uint8_t space, const std::string& key, std::uint32_t value);
  esp_err_t set_blob(std::uint8_t space, const std::string& key, const Value& value);
  const Value* find(std::uint8_t space, const std::string& key) const;  // nullptr: none
  esp_err_t erase(std::uint8_t space, const std::string& key);

  std::size_t keys(const std::string& space) const;          // how many there are
  std::size_t most_entries(const std::string& space) const;  // that they ever took at a time

 private:
  struct Item {
    std::uint8_t space;
    std::string key;
    bool whole;  // holds the value: a number, or a blob's index
    std::size_t span;
    Value value;
    int version;
  };
  struct Page {
    std::list<Item> items;  // that were not erased
    std::size_t next = 0;   // entry that is free
    bool full = false;
    std::size_t used() const;
    std::size_t tailroom() const;  // bytes of a blob's piece
  };

  esp_err_t write(Item item);
  esp_err_t request_page();
  bool activate();
  void erase_version(std::uint8_t space, const std::string& key, int version);
  const Item* find_item(std::uint8_t space, const std::string& key) const;
  void note(std::uint8_t space);

  std::list<Page> pages_;  // in use, the one that is written last
  std::size_t free_;
  std::map<std::string, std::uint8_t> spaces_;
  std::map<std::uint8_t, std::size_t> most_;
};

}  // namespace updraft::esp_idf
