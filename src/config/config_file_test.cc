#include "config/config_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "testing/temporary_folder.h"

namespace churnstream {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

Options run_options() {
  Options options("run", "How the walk goes.");
  options.integer("batch_rows", "Most rows in one batch.").between(1, 65'536).fallback(4'096);
  options.duration("commit_interval", "Pause between commits.").between(0.01, 60).fallback(100ms);
  options.path("state_dir", "Checkpoints.").fallback("state");
  options.text("mode", "How.").one_of({"fast", "careful"}).fallback("fast");
  options.number("ratio", "A share.").between(0, 1);
  options.flag("follow", "Wait for more.").fallback(false);
  options.texts("columns", "Names.").fallback(std::vector<std::string>{});
  options.numbers("weights", "Shares.").at_least(0);
  options.table("missing", "What stands for a missing number.");
  options.text_table("paths", "Where columns lie.");
  options.secret("password", "Of the store.");
  return options;
}

ConfigFile parsed(const std::string& text) {
  auto file = ConfigFile::parse(text, "run.toml", "/etc/churn");
  if (!file) ADD_FAILURE() << file.error().message;
  return *file;
}

Config read_run(const std::string& lines) {
  auto config = parsed("[run]\n" + lines).read("run", run_options());
  if (!config) ADD_FAILURE() << config.error().message;
  return config ? *config : Config();
}

// The message one gets for these lines under [run].
std::string problem_of(const std::string& lines) {
  auto file = ConfigFile::parse("[run]\n" + lines, "run.toml", "/etc/churn");
  if (!file) return file.error().message;
  const auto config = file->read("run", run_options());
  if (config) return "no problem";
  EXPECT_EQ(config.error().kind, ErrorKind::wrong);
  return config.error().message;
}

TEST(ConfigFile, EveryKindIsReadAsDeclared) {
  const Config config = read_run(
      "batch_rows = 7\ncommit_interval = \"2s\"\nstate_dir = \"../here\"\nmode = \"careful\"\nratio = 1\n"
      "follow = true\ncolumns = [\"a\", \"b\"]\nweights = [0.8, 1]\nmissing = { TotalCharges = 0.5 }\n");
  EXPECT_EQ(config.integer("batch_rows"), 7);
  EXPECT_EQ(config.duration("commit_interval"), 2s);
  EXPECT_EQ(config.path("state_dir"), "/etc/here");
  EXPECT_EQ(config.as_written("state_dir"), "../here");
  EXPECT_EQ(config.text("mode"), "careful");
  EXPECT_EQ(config.number("ratio"), 1.0);
  EXPECT_TRUE(config.flag("follow"));
  EXPECT_EQ(config.texts("columns"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(config.numbers("weights"), (std::vector<double>{0.8, 1}));
  EXPECT_EQ(config.table("missing"), (std::map<std::string, double>{{"TotalCharges", 0.5}}));
  EXPECT_EQ(config.where("commit_interval"), "run.toml:3");
  EXPECT_EQ(read_run("paths = { total = \"charges.total\" }").text_table("paths"),
            (std::map<std::string, std::string>{{"total", "charges.total"}}));
}

TEST(ConfigFile, WhatIsLeftOutHasItsDefaultAndTheRestIsAbsent) {
  for (const Config& config : {read_run(""), *parsed("").read("run", run_options())}) {
    EXPECT_EQ(config.integer("batch_rows"), 4'096);
    EXPECT_EQ(config.duration("commit_interval"), 100ms);
    EXPECT_EQ(config.path("state_dir"), "/etc/churn/state");
    EXPECT_FALSE(config.has("ratio"));
    EXPECT_FALSE(config.has("password"));
    EXPECT_EQ(config.where("batch_rows"), "run.toml");
  }
}

TEST(ConfigFile, AMisspeltOptionIsPointedAtWithTheNearestName) {
  EXPECT_EQ(problem_of("mode = \"fast\"\n  batch_row = 4096\n"),
            "run.toml:3: unknown option \"batch_row\" in [run]; did you mean \"batch_rows\"?\n"
            "    batch_row = 4096\n"
            "    ^");
  EXPECT_EQ(problem_of("zzz = 1"), "run.toml:2: unknown option \"zzz\" in [run]\n  zzz = 1\n  ^");
}

TEST(ConfigFile, AWrongKindIsPointedAtWhereTheValueStands) {
  EXPECT_EQ(problem_of("batch_rows = \"many\""),
            "run.toml:2: \"batch_rows\" must be a whole number, and is text\n"
            "  batch_rows = \"many\"\n"
            "               ^");
  EXPECT_THAT(problem_of("batch_rows = 4096.0"), HasSubstr("must be a whole number, and is a number"));
  EXPECT_THAT(problem_of("ratio = nan"), HasSubstr("\"ratio\" must be a number\n"));
  EXPECT_THAT(problem_of("follow = 1"), HasSubstr("must be true or false"));
  EXPECT_THAT(problem_of("columns = [1, 2]"), HasSubstr("must be an array of texts\n"));
  EXPECT_THAT(problem_of("weights = [1, inf]"), HasSubstr("must be an array of numbers"));
  EXPECT_THAT(problem_of("missing = { a = \"b\" }"), HasSubstr("must be a table of numbers"));
  EXPECT_THAT(problem_of("paths = { a = 1 }"), HasSubstr("must be a table of texts such as { a = \"b\" }\n"));
  EXPECT_THAT(problem_of("paths = \"a\""), HasSubstr("must be a table of texts"));
  EXPECT_THAT(problem_of("commit_interval = \"2 s\""), HasSubstr("must be a duration such as"));
}

TEST(ConfigFile, BoundsAndChoicesHold) {
  EXPECT_THAT(problem_of("batch_rows = 0"), HasSubstr("\"batch_rows\" must be at least 1\n"));
  EXPECT_THAT(problem_of("batch_rows = 65537"), HasSubstr("must be at most 65536\n"));
  EXPECT_THAT(problem_of("ratio = 1.5"), HasSubstr("must be at most 1\n"));
  EXPECT_THAT(problem_of("commit_interval = \"9ms\""), HasSubstr("must be at least 10ms\n"));
  EXPECT_THAT(problem_of("commit_interval = \"2m\""), HasSubstr("must be at most 1m\n"));
  EXPECT_THAT(problem_of("weights = [0.5, -1]"), HasSubstr("must be at least 0\n"));
  EXPECT_THAT(problem_of("mode = \"carefull\""),
              HasSubstr("cannot be \"carefull\"; did you mean \"careful\"? (one of: fast, careful)"));
  EXPECT_EQ(problem_of("batch_rows = 65536"), "no problem");
}

TEST(ConfigFile, WhatIsRequiredIsNamedWithItsSentence) {
  Options options("source", "Rows in.");
  options.path("path", "The file to read.").required();
  const ConfigFile file = parsed("\n[source]\ntype = \"file\"\n");
  EXPECT_EQ(file.read("source", options, "type").error().message,
            "run.toml:2: [source] needs the option \"path\": The file to read.\n  [source]\n  ^");
  EXPECT_EQ(parsed("").read("source", options).error().message,
            "run.toml: [source] needs the option \"path\": The file to read.");
}

TEST(ConfigFile, ADuplicateKeyIsPointedAt) {
  const std::string problem = problem_of("ratio = 1\nratio = 2\n");
  EXPECT_THAT(problem, HasSubstr("run.toml:3: "));
  EXPECT_THAT(problem, HasSubstr("ratio = 2\n"));
  EXPECT_THAT(problem_of("[run]\nratio = 2\n"), HasSubstr("run.toml:2: "));
}

TEST(ConfigFile, ABrokenFileIsAnErrorThatPoints) {
  EXPECT_THAT(problem_of("ratio = \n"), HasSubstr("run.toml:2: "));
  EXPECT_THAT(problem_of("mode = \"fast\nratio = 1"), HasSubstr("run.toml:2: "));
  EXPECT_THAT(problem_of("mode = \"\xFF\""), HasSubstr("run.toml"));
  EXPECT_THAT(problem_of("\xCE\xBF = 1"), HasSubstr("run.toml:2: ")) << "a Greek letter outside of quotes";
  EXPECT_FALSE(ConfigFile::parse("[\x17]\n", "hostile.toml", "."));
  EXPECT_FALSE(ConfigFile::parse("a = " + std::string(100'000, '['), "deep.toml", "."));
}

TEST(ConfigFile, ASecretComesFromTheEnvironmentOrAFile) {
  ::setenv("CHURN_TEST_SECRET", "hunter2", 1);
  EXPECT_EQ(read_run("password = \"${CHURN_TEST_SECRET}\"").text("password"), "hunter2");
  const TemporaryFolder folder;
  const Path file = folder / "churn_secret";
  ASSERT_TRUE(write_file_atomically(file, "from file\r\n", true));
  EXPECT_EQ(read_run("password = \"file:" + file.string() + "\"").text("password"), "from file");
  EXPECT_THAT(problem_of("password = \"${CHURN_TEST_NOT_SET}\""),
              HasSubstr("the environment variable CHURN_TEST_NOT_SET is not set"));
  EXPECT_THAT(problem_of("password = \"file:/nowhere/at/all\""), HasSubstr("/nowhere/at/all"));
}

TEST(ConfigFile, AMissingSecretMayBeLeftOutAndALiteralOneMayNot) {
  const auto left_out = [](const std::string& lines) {
    Options options("run", "How the walk goes.");
    options.secret("password", "Of the store.");
    options.properties("store", "The store's own.");
    return ConfigFile::parse("[run]\n" + lines, "run.toml", "/etc/churn", MissingSecrets::are_left_out)
        ->read("run", options);
  };
  ::unsetenv("CHURN_TEST_NOT_SET");
  ::setenv("CHURN_TEST_SECRET", "hunter2", 1);
  for (const char* missing : {"${CHURN_TEST_NOT_SET}", "file:/nowhere/at/all"}) {
    const std::string quoted = "\"" + std::string(missing) + "\"\n";
    const auto config = left_out("password = " + quoted + "[run.store]\nhost = \"h\"\npassword = " + quoted);
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_FALSE(config->has("password"));
    EXPECT_EQ(config->passed_on(), (std::map<std::string, std::string>{{"host", "h"}}));
  }
  EXPECT_EQ(left_out("password = \"${CHURN_TEST_SECRET}\"")->text("password"), "hunter2");
  for (const char* literal : {"password = \"hunter2\"", "[run.store]\npassword = \"hunter2\"",
                              "password = \"a${CHURN_TEST_NOT_SET}\""}) {
    const auto config = left_out(literal);
    ASSERT_FALSE(config);
    EXPECT_THAT(config.error().message, HasSubstr("it must not stand in this file itself"));
    EXPECT_THAT(config.error().message, Not(HasSubstr("hunter2")));
  }
}

TEST(ConfigFile, ALiteralSecretIsAnErrorThatDoesNotRepeatIt) {
  const std::string problem = problem_of("password = \"hunter2\"");
  EXPECT_EQ(problem,
            "run.toml:2: \"password\": reading a secret: it must not stand in this file itself (write "
            "\"${ENV_NAME}\" or \"file:PATH\")\n  password = ...\n             ^");
  EXPECT_THAT(problem_of("password = \"a${CHURN_TEST_SECRET}hunter2\""), Not(HasSubstr("hunter2")));
  EXPECT_THAT(problem_of("password = 12345"), Not(HasSubstr("12345")));
  EXPECT_THAT(problem_of("passwort = \"hunter2\""), Not(HasSubstr("hunter2")));
  EXPECT_THAT(problem_of("pasword = \"hunter2\""), Not(HasSubstr("hunter2")));
  Options options("store", "Rows out.");
  options.secret("dsn", "Where and who.");
  const auto beside = parsed("store = { dsn = \"hunter2\", x = 1 }").read("store", options);
  ASSERT_FALSE(beside);
  EXPECT_THAT(beside.error().message, Not(HasSubstr("hunter2")));
  EXPECT_THAT(problem_of("password = \"hunter2\npassword = 2"), Not(HasSubstr("hunter2")));
}

TEST(ConfigFile, OrdinaryTextIsNotExpanded) {
  ::setenv("CHURN_TEST_SECRET", "hunter2", 1);
  EXPECT_EQ(read_run("columns = [\"${CHURN_TEST_SECRET}\"]").texts("columns").front(),
            "${CHURN_TEST_SECRET}");
}

TEST(ConfigFile, PropertiesOfSomebodyElseArePassedOn) {
  ::setenv("CHURN_TEST_SECRET", "hunter2", 1);
  Options options("source", "Rows in.");
  options.text("topic", "The topic.");
  options.properties("kafka", "Theirs.");
  const auto config =
      parsed(
          "[source]\ntopic = \"t\"\n[source.kafka]\nfetch.wait.max.ms = 5\n\"enable.idempotence\" = true\n"
          "sasl.password = \"${CHURN_TEST_SECRET}\"\n")
          .read("source", options);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->passed_on(),
            (std::map<std::string, std::string>{
                {"enable.idempotence", "true"}, {"fetch.wait.max.ms", "5"}, {"sasl.password", "hunter2"}}));
  const auto literal = parsed("[source.kafka]\nsasl.password = \"hunter3\"").read("source", options);
  ASSERT_FALSE(literal);
  EXPECT_THAT(literal.error().message, Not(HasSubstr("hunter3")));
}

TEST(ConfigFile, ManySectionsOfOneNameAreCountedAndReadOneByOne) {
  const ConfigFile file = parsed("[[sink]]\ntype = \"console\"\n[[sink]]\ntype = \"sqlite\"\nx = 1\n");
  EXPECT_EQ(file.count("sink"), 2u);
  EXPECT_EQ(file.chooser("sink", "type", 0), "console");
  EXPECT_EQ(file.chooser("sink", "type", 1), "sqlite");
  const Options none("sink", "Rows out.");
  EXPECT_TRUE(file.read("sink", none, "type", 0));
  EXPECT_THAT(file.read("sink", none, "type", 1).error().message,
              HasSubstr("run.toml:5: unknown option \"x\""));
  EXPECT_THAT(file.chooser("sink", "kind", 1).error().message,
              HasSubstr("run.toml:3: [sink] needs the option \"kind\"\n  [[sink]]\n  ^"));
  EXPECT_THAT(parsed("[source]\ntype = 5").chooser("source", "type").error().message,
              HasSubstr("run.toml:2: \"type\" must be a text in quotes"));
}

TEST(ConfigFile, OnlyKnownSectionsMayStand) {
  const std::vector<std::string> known{"source", "run", "[[sink]]"};
  EXPECT_TRUE(parsed("[source]\n[[sink]]\n[[sink]]\n").only(known));
  EXPECT_EQ(parsed("[run]\n[suorce]\n[aaa]\n").only(known).error().message,
            "run.toml:2: unknown section [suorce]; did you mean \"source\"?\n  [suorce]\n   ^");
  EXPECT_THAT(parsed("rate = 5\n[run]").only(known).error().message,
              HasSubstr("run.toml:1: the option \"rate\" stands outside every section"));
  EXPECT_THAT(parsed("run = 5").only(known).error().message, HasSubstr("\"run\" must be a section"));
  EXPECT_THAT(parsed("[[source]]\n[[source]]\n").only(known).error().message,
              HasSubstr("run.toml:2: [source] may stand only once"));
}

TEST(ConfigFile, AProblemFoundLaterPointsToo) {
  const ConfigFile file = parsed("[model]\npath = \"gone\"\n");
  EXPECT_EQ(file.point_at("model", "path", "there is no model").value().message,
            "run.toml:2: there is no model\n  path = \"gone\"\n         ^");
  EXPECT_THAT(file.point_at("model", "kind", "which?").value().message, HasSubstr("run.toml:1: which?"));
  EXPECT_EQ(file.point_at("score", "kind", "which?").value().message, "run.toml: which?");
}

}  // namespace
}  // namespace churnstream
