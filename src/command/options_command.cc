// churnstream options: every option of every part, printed from where it is declared.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "command/pipeline_sections.h"
#include "command/recipe.h"
#include "command/verbs.h"
#include "config/config_file.h"

namespace churnstream {

Verb options_verb() {
  return {"options", "Print every option of recipe.toml and pipeline.toml, as Markdown.",
          "churnstream options > options.md", [](CLI::App&) {
            return []() -> Result<void> {
              std::printf(
                  "Printed by `churnstream options` from where each option is declared.\n\n"
                  "# recipe.toml\n\n%s\n# pipeline.toml\n\n%s",
                  options_as_markdown(recipe_options()).c_str(),
                  options_as_markdown(pipeline_options()).c_str());
              return {};
            };
          }};
}

}  // namespace churnstream
