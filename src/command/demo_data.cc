#include "command/demo_data.h"

// The assembler takes the bytes as they lie; the build knows that this file depends on them
// (src/CMakeLists.txt).
asm(R"(
  .section .rodata
demo_customers_begin:
  .incbin ")" CHURNSTREAM_DEMO_CUSTOMERS R"("
demo_customers_end:
demo_recipe_begin:
  .incbin ")" CHURNSTREAM_DEMO_RECIPE R"("
demo_recipe_end:
  .text
)");

extern "C" {
extern const char demo_customers_begin[], demo_customers_end[], demo_recipe_begin[], demo_recipe_end[];
}

namespace churnstream {

std::string_view demo_customers() {
  return {demo_customers_begin, static_cast<std::size_t>(demo_customers_end - demo_customers_begin)};
}

std::string_view demo_recipe() {
  return {demo_recipe_begin, static_cast<std::size_t>(demo_recipe_end - demo_recipe_begin)};
}

}  // namespace churnstream
