// A text file compiled into the program by vm_embed (embed.cmake). Each room that embeds declares its own
// `std::span<EmbeddedFile const> embedded_files()` in its namespace.
#pragma once

#include <span>
#include <string_view>

namespace vm {

struct EmbeddedFile {
  std::string_view name; ///< relative to the BASE given to vm_embed, with slashes
  std::string_view text;
};

} // namespace vm
