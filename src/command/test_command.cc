// churnstream test: plays scenes and says which did not come out as expected.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "command/scene.h"
#include "command/verbs.h"

namespace churnstream {
namespace {

constexpr std::uint64_t kSceneBytesMax = 16 << 20;

struct TestOptions {
  std::vector<std::string> scenes;
  bool slow = false;
};

bool is_scene(const Path& path, bool slow_too) {
  const std::string name = path.filename().string();
  return name.ends_with(".scene") && (slow_too || !name.ends_with(".slow.scene"));
}

// The scenes that were named, and those in the folders that were, in the order of their names.
Result<std::vector<Path>> find_scenes(const TestOptions& options) {
  std::vector<Path> found;
  for (const std::string& named : options.scenes) {
    if (!std::filesystem::is_directory(named)) {
      found.emplace_back(named);
      continue;
    }
    CHURNSTREAM_TRY_ASSIGN(const std::vector<std::string> names, list_folder(named));
    for (const std::string& name : names)
      if (is_scene(name, options.slow)) found.push_back(Path(named) / name);
  }
  if (found.empty()) return wrong("looking for scenes", options.scenes.front(), "there is no *.scene");
  return found;
}

// Whether the scene came out as expected; says so on standard output.
Result<bool> play(const Path& path) {
  CHURNSTREAM_TRY_ASSIGN(const std::string text, read_file(path, kSceneBytesMax));
  CHURNSTREAM_TRY_ASSIGN(const Scene scene, parse_scene(text, path));
  CHURNSTREAM_TRY_ASSIGN(const std::vector<std::string> complaints, play_scene(scene));
  std::printf("%s  %s  %s\n", complaints.empty() ? "passed" : "FAILED", path.c_str(), scene.title.c_str());
  for (const std::string& complaint : complaints) std::printf("  %s\n", complaint.c_str());
  return complaints.empty();
}

Result<void> test(const TestOptions& options) {
  CHURNSTREAM_TRY_ASSIGN(const std::vector<Path> scenes, find_scenes(options));
  std::size_t failures = 0;
  for (const Path& path : scenes) {
    CHURNSTREAM_TRY_ASSIGN(const bool passed, play(path));
    failures += passed ? 0 : 1;
  }
  std::printf("%zu passed, %zu failed\n", scenes.size() - failures, failures);
  std::fflush(stdout);
  if (failures > 0)
    return failed("playing", fmt::format("{} scenes", scenes.size()), fmt::format("{} failed", failures));
  return {};
}

}  // namespace

Verb test_verb() {
  return {"test", "Plays scenes: rows in, scores and counters out, as plain text.",
          "churnstream test tests/scenes", [](CLI::App& app) {
            const auto options = std::make_shared<TestOptions>();
            app.add_option("scenes", options->scenes, "Scenes, or folders of them.")->required();
            app.add_flag("--slow", options->slow, "Play the *.slow.scene of folders too.");
            return [options] { return test(*options); };
          }};
}

}  // namespace churnstream
