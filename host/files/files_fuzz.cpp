// What is this file? Of any bytes, with the table and bootloaders that may be in it.
#include "host/files/flash_map.hpp"
#include "host/files/recognise.hpp"
#include "host/files/trim.hpp"
#include "tests/fuzz/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace updraft;
  const Bytes file = fuzz::input(data, size);
  fuzz::check(!files::row(files::recognise(file)).title.empty(), "everything is something");
  if (const auto place = files::find_table(file)) {
    fuzz::check(place->offset - place->base < size, "a table is in the file");
    for (const files::ImagePlace& image : files::find_bootloaders(file, place->base))
      fuzz::check(image.offset >= place->base, "bootloaders are in the file");
  }
  fuzz::check(files::without_padding(file).size() <= size, "nothing is added");
  return 0;
}
