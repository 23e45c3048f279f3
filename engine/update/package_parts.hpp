// A package whose index and transfer stand in files of their own (spec/suit.md section 2), as one
// payload: its head, then for each page of the index that page and the part of the transfer that it
// is of. So a device holds one page, and what it has of a part it need not ask for.
//
//   head | page 0 | 512 KiB of the transfer | page 1 | the next 512 KiB | ...
//
// A link that can fetch files gives a PackageFetcher in its Offer. It asks Intake::resume_at()
// after the last byte of the package, and after each part; place_at() says where the answer stands.
#pragma once
#include <cstdint>
#include <string_view>

namespace updraft {

enum class PackageFile : std::uint8_t { package, index, transfer };

struct PackageParts {
  std::uint64_t head = 0;  // bytes of the package before its index and transfer
  std::uint64_t index = 0, transfer = 0;
  // Beside the package, with `/` between their parts; both empty: it holds both itself, after its
  // head. Good until the call is over.
  std::string_view index_name, transfer_name;

  bool apart() const { return !transfer_name.empty(); }
  std::uint64_t bytes() const { return head + index + transfer; }
};

// Where a byte of such a payload stands.
struct PackagePlace {
  PackageFile file = PackageFile::package;
  std::uint64_t from = 0;  // in that file
  std::uint64_t to = 0;    // the end of its part: another file follows, or nothing
};
PackagePlace place_at(const PackageParts& parts, std::uint64_t at);

class PackageFetcher {
 public:
  // From within a call of Intake: the package was judged, and this is what it is made of.
  virtual void has_parts(const PackageParts& parts) = 0;

 protected:
  ~PackageFetcher() = default;
};

}  // namespace updraft
