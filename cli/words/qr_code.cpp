#include "cli/words/qr_code.hpp"

#include <memory>
#include <optional>

#include <qrencode.h>

#include "cli/words/output.hpp"
#include "cli/words/terminal.hpp"

namespace updraft::cli {
namespace {

constexpr int kMargin = 4;  // modules on each side: ISO/IEC 18004, 6.3.8
constexpr std::string_view kBlackOnWhite = "\x1b[38;5;16;48;5;231m", kUsual = "\x1b[0m";

struct Free {
  void operator()(QRcode* code) const { QRcode_free(code); }
};

class Drawing {
 public:
  // With `colour` the terminal writes what is dark.
  Drawing(std::string_view text, bool colour)
      : colour_(colour),
        code_(QRcode_encodeData(static_cast<int>(text.size()),
                                reinterpret_cast<const unsigned char*>(text.data()), 0,
                                QR_ECLEVEL_L)) {}

  int size() const { return code_ ? code_->width + 2 * kMargin : 0; }
  std::string lines() const {
    std::string out;
    for (int y = 0; y < size(); y += 2) {
      if (colour_) out += kBlackOnWhite;
      for (int x = 0; x < size(); ++x) {
        const bool top = is_written(x, y), bottom = is_written(x, y + 1);
        out += top && bottom ? "█" : top ? "▀" : bottom ? "▄" : " ";
      }
      if (colour_) out += kUsual;
      out += '\n';
    }
    return out;
  }

 private:
  bool is_written(int x, int y) const {
    if (y >= size()) return false;  // below the code, in the last line
    return is_dark(x - kMargin, y - kMargin) == colour_;
  }
  bool is_dark(int x, int y) const {
    const bool inside = x >= 0 && y >= 0 && x < code_->width && y < code_->width;
    return inside && (code_->data[y * code_->width + x] & 1) != 0;
  }

  bool colour_;
  std::unique_ptr<QRcode, Free> code_;
};

}  // namespace

std::string qr_code(std::string_view text, bool colour) { return Drawing(text, colour).lines(); }

void draw_qr_code(std::string_view text) {
  if (!on_terminal() || !writes_utf8()) return;
  const Drawing drawing(text, wants_colour());
  if (static_cast<std::size_t>(drawing.size()) > terminal_columns()) return;
  Output::draw(drawing.lines());
}

}  // namespace updraft::cli
