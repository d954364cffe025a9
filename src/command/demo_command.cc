// churnstream demo: from nothing to live churn scores. Trains the default recipe on 80 % of the customers,
// streams the others past the model, shows them on the live page and says at the end what was foreseen and
// what really happened. Everything it used stays in its folder, to be run again by hand.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

#include "base/clock.h"
#include "command/demo_data.h"
#include "command/evaluation_text.h"
#include "command/free_port.h"
#include "command/stop_signal.h"
#include "command/stream_run.h"
#include "command/training_data.h"
#include "command/training_run.h"
#include "command/verbs.h"

namespace churnstream {
namespace {

constexpr int kUsualPort = 8080;
constexpr auto kSignalPatience = std::chrono::milliseconds(50);

struct DemoArguments {
  std::string rate = "50";
  bool until_end = false;
  bool all = false;
  std::string folder = "churnstream-demo";
  std::optional<int> port;
};

// What became of the streamed customers, who are known to have stayed or left.
struct Truth {
  std::size_t customers = 0, left = 0;
  double revenue_lost = 0;
};

// A folder that holds nothing, or nothing but an earlier demo, which is removed.
Result<void> make_demo_folder(const Path& folder) {
  static const std::set<std::string> kOurs{"customers.csv", "stream.csv",    "recipe.toml",  "pipeline.toml",
                                           "model",         "churn.db",      "churn.db-wal", "churn.db-shm",
                                           "churn.db.lock", "refused.jsonl", "state"};
  CHURNSTREAM_TRY(make_folders(folder));
  CHURNSTREAM_TRY_ASSIGN(const std::vector<std::string> names, list_folder(folder));
  for (const std::string& name : names)
    if (!kOurs.contains(name))
      return wrong("preparing the demo in", folder.string(), "there is something else in it: " + name,
                   "--dir with another folder");
  for (const std::string& name : names) {
    std::error_code problem;
    std::filesystem::remove_all(folder / name, problem);
    if (problem) return failed("preparing the demo in", folder.string(), problem.message());
  }
  return {};
}

// The default recipe with the customers beside it and a fifth of them held out.
Result<void> write_recipe(const Path& folder) {
  std::string recipe(demo_recipe());
  const std::string there = "\"../../data/telco.csv\"";
  const std::size_t at = recipe.find(there);
  insist(at != std::string::npos, "the default recipe reads data/telco.csv");
  recipe.replace(at, there.size(), "\"customers.csv\"");
  recipe +=
      "\n[split]  # the model learns from four fifths; the others are streamed\nweights = [0.8, 0.2]\nseed = "
      "42\n";
  CHURNSTREAM_TRY(write_file_atomically(folder / "customers.csv", demo_customers()));
  return write_file_atomically(folder / "recipe.toml", recipe);
}

// The customers that the model has not seen (or all of them), in the order of the file, with their header
// line.
Result<Truth> write_stream(const Path& folder, bool all) {
  CHURNSTREAM_TRY_ASSIGN(const Recipe recipe, load_recipe(folder / "recipe.toml"));
  CHURNSTREAM_TRY_ASSIGN(const TrainingData data, load_training_data(recipe));
  std::vector<std::size_t> rows = data.parts.back();
  if (all) rows.insert(rows.end(), data.parts.front().begin(), data.parts.front().end());
  std::sort(rows.begin(), rows.end());

  std::vector<std::string_view> lines;
  for (std::string_view left = demo_customers(); !left.empty();) {
    const std::size_t end = left.find('\n');
    lines.push_back(left.substr(0, end + 1));
    left.remove_prefix(end + 1);
  }
  const auto value = data.rows.schema().find(recipe.value);
  Truth truth;
  std::string stream(lines.front());
  for (const std::size_t row : rows) {
    stream += lines[static_cast<std::size_t>(number_of(data.rows.extent().offsets[row]))];
    ++truth.customers;
    if (data.labels[row] != data.positive_class) continue;
    ++truth.left;
    if (value) truth.revenue_lost += data.rows.column(*value).number(row);
  }
  CHURNSTREAM_TRY(write_file_atomically(folder / "stream.csv", stream));
  return truth;
}

Result<void> write_pipeline(const DemoArguments& arguments, double rate) {
  const int port = arguments.port ? *arguments.port : is_free_port(kUsualPort) ? kUsualPort : 0;
  return write_file_atomically(
      Path(arguments.folder) / "pipeline.toml",
      fmt::format(R"(# What the demo runs. By hand: churnstream run pipeline.toml --until-end
[source]
type = "file"
path = "stream.csv"
rate = {}  # customers per second; 0: as fast as it goes
start_time = "{}"  # the event time of the first line

[decode]
format = "csv"

[model]
path = "model"

[score]
threshold = 0.5
value = "MonthlyCharges"

[[sink]]
type = "sqlite"
path = "churn.db"

[refused]
type = "file"
path = "refused.jsonl"

[outcomes]
from = "column"  # the data knows who left; the page compares. Left out: the label is kept nowhere

[page]
listen = "127.0.0.1:{}"
title = "Telco customers"
currency = "$"

[run]
state_dir = "state"
)",
                  rate, rfc3339(system_clock().now_us()), port));
}

std::string dollars(double amount) {
  return "$" + with_commas(static_cast<std::uint64_t>(std::llround(amount)));
}

void say_findings(const RiskSummary& found, const Truth& truth) {
  std::printf("\n%s customers scored.\n", with_commas(found.customers).c_str());
  std::printf("  expected to leave   %8.0f +/- %.0f   really left  %s\n", found.expected_churners,
              found.expected_churners_sd, with_commas(truth.left).c_str());
  std::printf("  revenue at risk     %8s +/- %s   really lost  %s a month, of %s\n",
              dollars(found.revenue_at_risk).c_str(), dollars(found.revenue_at_risk_sd).c_str(),
              dollars(truth.revenue_lost).c_str(), dollars(found.revenue).c_str());
}

// This program as one would call it from here.
std::string program() {
  std::error_code unknown;
  const Path path = std::filesystem::read_symlink("/proc/self/exe", unknown);
  return unknown ? "churnstream" : std::filesystem::proximate(path, unknown).string();
}

void say_how_by_hand(const DemoArguments& arguments) {
  const std::string text = fmt::format(R"(
Everything is in {0}. Each step by hand:
  {1} train {0}/recipe.toml
  {1} score {0}/model {0}/stream.csv --out scores.jsonl
  {1} run {0}/pipeline.toml --until-end
  sqlite3 {0}/churn.db 'SELECT customer_id, probability, expected_loss FROM churn_scores ORDER BY 3 DESC LIMIT 10'
)",
                                       arguments.folder, program());
  std::fputs(text.c_str(), stdout);
}

Result<double> rate_of(const std::string& text) {
  if (text == "max") return 0.0;
  char* end = nullptr;
  const double rate = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0' || !(rate > 0) || rate > 1e9)
    return wrong("reading --rate", text, "it is neither max nor a number of customers per second");
  return rate;
}

Result<void> stream(const DemoArguments& arguments, const Truth& truth) {
  const Path folder = arguments.folder;
  CHURNSTREAM_TRY_ASSIGN(const PipelineFile file, load_pipeline_file(folder / "pipeline.toml"));
  CHURNSTREAM_TRY_ASSIGN(const std::shared_ptr<const PipelineModel> model, PipelineModel::load(file.model));
  const StopSignal signal;
  RunProgress progress(system_clock());
  StreamWishes wishes;
  wishes.until_end = true;
  wishes.page_is_up = [&](const std::string& address) {
    std::printf("The live page is at %s\nStreaming %s customers%s; Ctrl-C stops.\n", address.c_str(),
                with_commas(truth.customers).c_str(), arguments.all ? "" : " that the model has never seen");
    std::fflush(stdout);
  };
  Result<RiskSummary> found = failed("reading", "the store", "the stream did not end");
  wishes.walk_is_over = [&](const ProgressReport&) {
    if (auto history = open_history(file, "MonthlyCharges"); history && *history)
      found = (*history)->summary(1);
    if (found) say_findings(*found, truth);
    say_how_by_hand(arguments);
    if (!arguments.until_end && !signal.asked()) std::printf("\nThe page stays up until Ctrl-C.\n");
    std::fflush(stdout);
    while (!arguments.until_end && !signal.asked()) system_clock().sleep(kSignalPatience);
  };
  CHURNSTREAM_TRY_ASSIGN(const StreamEnd end, run_stream(file, model, system_clock(), progress,
                                                         signal.asked(), std::move(wishes)));
  std::printf("%s\n", account_sentence(end.account).c_str());
  return found ? Result<void>() : tl::make_unexpected(found.error());
}

Result<void> demo(const DemoArguments& arguments) {
  CHURNSTREAM_TRY_ASSIGN(const double rate, rate_of(arguments.rate));
  const Path folder = arguments.folder;
  CHURNSTREAM_TRY(make_demo_folder(folder));
  CHURNSTREAM_TRY(write_recipe(folder));
  CHURNSTREAM_TRY_ASSIGN(const Truth truth, write_stream(folder, arguments.all));
  std::printf("Training 300 trees on 80 %% of 7,043 customers ...\n");
  std::fflush(stdout);
  const auto started = system_clock().steady();
  CHURNSTREAM_TRY(run_training({.recipe = (folder / "recipe.toml").string(), .is_quiet = true}));
  const std::chrono::duration<double> took = system_clock().steady() - started;
  std::printf("  done in %.1f s, saved as %s\n", took.count(), (folder / "model").c_str());
  CHURNSTREAM_TRY(write_pipeline(arguments, rate));
  return stream(arguments, truth);
}

}  // namespace

Verb demo_verb() {
  return {"demo", "Train on real customers, stream others past the model, show them on the live page.",
          "churnstream demo --rate 50 --dir churnstream-demo", [](CLI::App& app) {
            auto arguments = std::make_shared<DemoArguments>();
            app.add_option("--rate", arguments->rate,
                           "Customers per second, or max. 50 where it is left out.");
            app.add_flag("--until-end", arguments->until_end,
                         "End with the stream instead of keeping the page up.");
            app.add_flag("--all", arguments->all, "Stream all customers, those the model learned from too.");
            app.add_option("--dir", arguments->folder,
                           "Where everything goes. churnstream-demo where it is left out.");
            app.add_option("--port", arguments->port,
                           "Of the page, on 127.0.0.1; 0 takes any. 8080 where it is left out and free.")
                ->check(CLI::Range(0, 65'535));
            return [arguments] { return demo(*arguments); };
          }};
}

}  // namespace churnstream
