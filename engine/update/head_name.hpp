// What the first 288 bytes of an image say about which image it is, before anything of it is
// written: its name, if they hold the SHA-256 of its ELF file.
#pragma once
#include <optional>

#include "updraft/flash.hpp"
#include "updraft/policy.hpp"

#include "engine/format/image.hpp"

namespace updraft {

// `head`: kImageHeadBytes. nullopt: no app descriptor, or no ELF hash in it; two builds may have
// the same head then.
std::optional<ImageName> head_name(Bytes head);
// Of the image at the start of `slot`; also nullopt where it cannot be read.
std::optional<ImageName> head_name(Flash& slot);

}  // namespace updraft
