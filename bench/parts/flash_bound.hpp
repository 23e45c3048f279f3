// The least that a job can cost on a flash, if old and new content were known beforehand and every
// read could be trusted.
#pragma once
#include "updraft/bytes.hpp"

#include "sim/flash_timing.hpp"

namespace updraft::bench {

// For each 64 KiB block the cheapest mix of 64, 32 and 4 KiB erases, and a program for each page
// that differs; then the image is read once, by sectors. Every operation is a call of its
// own that takes `call`, because the CPU shall be free between any two.
sim::Nanos least_time(const sim::FlashTiming& part, sim::Nanos call, Bytes old_content,
                      Bytes new_content);

// Of these, the read alone.
sim::Nanos read_time(const sim::FlashTiming& part, sim::Nanos call, std::size_t bytes);

}  // namespace updraft::bench
