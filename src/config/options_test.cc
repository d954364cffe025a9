#include "config/options.h"

#include <gtest/gtest.h>

#include "config/config_file.h"
#include "config/duration.h"

namespace churnstream {
namespace {

using namespace std::chrono_literals;

TEST(Duration, IsANumberAndAUnit) {
  EXPECT_EQ(parse_duration("100ms"), 100ms);
  EXPECT_EQ(parse_duration("2s"), 2s);
  EXPECT_EQ(parse_duration("5m"), 5min);
  EXPECT_EQ(parse_duration("1h"), 1h);
  EXPECT_EQ(parse_duration("7d"), 168h);
  for (const char* text :
       {"", "s", "5", "5 s", "-5s", "5sec", "1.5s", "99999999999d", "99999999999999999999s"})
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
}

TEST(Duration, ReadsBackAsItWasWritten) {
  for (const char* text : {"100ms", "2s", "5m", "1h", "7d", "90s", "1us", "0s"})
    EXPECT_EQ(duration_as_text(*parse_duration(text)), text);
}

TEST(NearestName, ForgivesAThirdOfTheLettersAndSwaps) {
  const std::vector<std::string> known{"type", "batch_rows", "path"};
  EXPECT_EQ(nearest_name("tpye", known), "type");
  EXPECT_EQ(nearest_name("batchrow", known), "batch_rows");
  EXPECT_EQ(nearest_name("rows", known), "");
  EXPECT_EQ(nearest_name("", known), "");
}

TEST(Options, ThePageShowsWhatWasDeclared) {
  Options options("sink.sqlite", "Scores into a SQLite file.");
  options.path("path", "The database | file.").required();
  options.integer("batch_rows", "Most rows at once.").between(1, 65'536).fallback(4'096);
  options.duration("wait", "Longest wait.").at_least(0.5).fallback("2s");
  options.text("mode", "How.").one_of({"fast", "careful"}).fallback("fast");
  options.number("share", "Of all.").fallback(1);
  options.table("missing", "Instead of nothing.").fallback(std::map<std::string, double>{{"a", 0.5}});
  options.text_table("paths", "Elsewhere.").fallback(std::map<std::string, std::string>{{"a", "b.c"}});
  options.secret("password", "Who we are.");
  EXPECT_EQ(options_as_markdown({options}),
            "## sink.sqlite\n\nScores into a SQLite file.\n\n"
            "| option | kind | default | what it does |\n| --- | --- | --- | --- |\n"
            "| `path` | path | required | The database \\| file. |\n"
            "| `batch_rows` | integer | `4096` | Most rows at once. From 1 to 65536. |\n"
            "| `wait` | duration | `\"2s\"` | Longest wait. At least 500ms. |\n"
            "| `mode` | text | `\"fast\"` | How. One of `fast`, `careful`. |\n"
            "| `share` | number | `1` | Of all. |\n"
            "| `missing` | table of numbers | `{ a = 0.5 }` | Instead of nothing. |\n"
            "| `paths` | table of texts | `{ a = \"b.c\" }` | Elsewhere. |\n"
            "| `password` | secret |  | Who we are. |\n");
}

TEST(Options, AskingForTheWrongKindIsOurOwnMistake) {
  Config config;
  config.set("rate", 5.0);
  EXPECT_DEATH(config.integer("rate"), "broken promise");
  EXPECT_DEATH(config.integer("rat"), "broken promise");
}

}  // namespace
}  // namespace churnstream
