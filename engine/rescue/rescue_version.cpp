#include "engine/rescue/rescue_version.hpp"

#include "engine/core/printable.hpp"
#include "engine/core/text_line.hpp"
#include "engine/format/version_order.hpp"

namespace updraft {
namespace {

// Neither what does not print nor what JSON wants escaped: a dot.
void add_plain(TextLine& line, std::string_view text) {
  for (const char& c : text) {
    const bool plain = is_printable(c) && c != '"' && c != '\\';
    line.add(plain ? std::string_view(&c, 1) : std::string_view("."));
  }
}

}  // namespace

Text<32> RescueVersion::present() const {
  const std::optional<Slot> app = boot_.rescue();
  if (!app) return {};
  std::array<std::byte, format::kAppDescriptorBytes> bytes;
  if (!boot_.flash(*app).read(format::kAppDescriptorOffset, bytes)) return {};
  const Result<format::AppDescriptor> descriptor = format::parse_app_descriptor(bytes);
  return descriptor ? descriptor->version : Text<32>{};
}

bool RescueVersion::is_too_old() const {
  return is_beside() && format::is_older(present().view(), wanted());
}

void RescueVersion::fill(Status& status) {
  if (!is_beside()) return;
  next_ = status.more;
  status.more = this;
}

std::size_t RescueVersion::write(MutableBytes out) const {
  TextLine line(out);
  line.add(R"("rescue":{"version":")");
  add_plain(line, present().view());
  line.add(R"(","wanted":")");
  add_plain(line, wanted());
  line.add(is_too_old() ? R"(","too_old":true})" : R"(","too_old":false})");
  if (next_ == nullptr) return line.size();
  line.add(",");
  const std::size_t own = line.size();
  const std::size_t more = own != 0 ? next_->write(out.subspan(own)) : 0;
  return more != 0 ? own + more : 0;
}

}  // namespace updraft
