// What the demo carries inside the program, so that it runs from any folder: the customers and the default
// recipe.
#pragma once

#include <string_view>

namespace churnstream {

std::string_view demo_customers();  // data/telco.csv
std::string_view demo_recipe();     // examples/telco/recipe.toml

}  // namespace churnstream
