#include "engine/parts/target_text.hpp"

#include <utility>

#include "engine/core/text_line.hpp"

namespace updraft::parts {
namespace {

std::string_view way_of(const Targets& targets, const Part& part) {
  if (part.is_pair()) return "pair";
  return targets.goes_in_place(part) ? "in_place" : "staged";
}

}  // namespace

// A label that may be a target has no character that JSON wants escaped (may_be_target()).
std::size_t TargetText::write(MutableBytes out) const {
  TextLine line(out);
  bool first = true;
  line.add(R"("targets":[)");
  for (const Part& part : targets_.parts()) {
    if (!part.target) continue;
    line.add(std::exchange(first, false) ? R"({"name":")" : R"(,{"name":")");
    line.add(target_name(part).view());
    line.add(R"(","format":")");
    line.add(name(part.kind));
    line.add(R"(","bytes":)");
    line.add(part.size());
    line.add(R"(,"way":")");
    const std::string_view way = way_of(targets_, part);
    line.add(way);
    const bool apart = way == "staged" && targets_.keeps_older_app(part);
    line.add(apart ? R"(","keeps_older_app":true})" : "\"}");
  }
  if (const std::uint32_t room = targets_.rescue_room(); room != 0) {
    line.add(first ? R"({"name":"rescue","format":"app","bytes":)"
                   : R"(,{"name":"rescue","format":"app","bytes":)");
    line.add(room);
    line.add(R"(,"way":"in_place"})");
  }
  line.add("]");
  return line.size();
}

}  // namespace updraft::parts
