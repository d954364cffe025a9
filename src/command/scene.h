// A scene: a plain-text case of a pipeline, rows in, scores and counters out (docs/formats/scenes.md). Runs
// through the real pipeline with a manual clock, in memory.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace churnstream {

// What a scene expects; `line` is where it says so.
struct Expectation {
  enum class Kind { score, counter, refused, nowhere } kind = Kind::score;
  std::string subject;  // a customer, a counter, a reason's part, a text that must appear nowhere
  std::string value;    // a probability or a number, as written
  std::size_t line = 0;
};

// What the scene puts into the stream.
struct SceneRecord {
  std::string text;     // a row's object, or a line as it comes
  bool is_row = false;  // `row`; otherwise `line`
  std::size_t line = 0;
};

struct Scene {
  Path file;
  std::string title;     // the comment above, for reports
  Path model, pipeline;  // one of them is set
  std::vector<SceneRecord> records;
  std::vector<std::size_t> batches;  // run once with each of these batch sizes
  std::vector<Expectation> expectations;
};

// `wrong` with file and line where it is no scene.
Result<Scene> parse_scene(std::string_view text, const Path& file);

// The records as they arrive where [decode] has this format: under "csv" the rows share a header line made of
// the first one's names, under "json" they are what the scene says. `wrong` where a row does not fit.
Result<std::vector<std::string>> lines_of(const Scene& scene, std::string_view format);

// What did not come out as expected, one sentence each; empty when all did. An error when the scene cannot
// run.
Result<std::vector<std::string>> play_scene(const Scene& scene);

}  // namespace churnstream
