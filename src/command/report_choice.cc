#include "command/report_choice.h"

#include <fmt/format.h>

#include <algorithm>

#include "command/pipeline_build.h"
#include "command/stream_decoder.h"

namespace churnstream {
namespace {

std::string joined(const std::vector<std::string>& words, const char* between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

bool fits(const SinkEntry& sink, const ReportWishes& wishes) {
  const bool is_asked =
      std::find(wishes.types.begin(), wishes.types.end(), sink.kind->type) != wishes.types.end();
  return is_asked && sink.kind->report_store != nullptr;
}

std::string name_and_type(const SinkEntry& sink) {
  return sink.name == sink.kind->type ? sink.name : fmt::format("{} ({})", sink.name, sink.kind->type);
}

tl::unexpected<Error> none_fits(const PipelineFile& file, const ReportWishes& wishes) {
  std::vector<std::string> sinks;
  for (const SinkEntry& sink : file.sinks) sinks.push_back(name_and_type(sink));
  return wrong(
      "choosing a store of", wishes.pipeline,
      fmt::format("{} can ask a {} store, and the pipeline writes to {} alone", wishes.reader,
                  joined(wishes.types, " or "), joined(sinks, ", ")),
      fmt::format("add a [[sink]] of type = \"{}\" beside it; or let [page] serve the live page, which "
                  "shows who is at risk and needs no more than a sqlite sink",
                  wishes.types.front()));
}

Result<const SinkEntry*> chosen_sink(const PipelineFile& file, const ReportWishes& wishes) {
  std::vector<const SinkEntry*> fitting;
  std::vector<std::string> names;
  for (const SinkEntry& sink : file.sinks)
    if (fits(sink, wishes)) {
      fitting.push_back(&sink);
      names.push_back(sink.name);
    }
  if (fitting.empty()) return none_fits(file, wishes);
  const std::string list = joined(names, ", ");
  for (const SinkEntry* sink : fitting)
    if (sink->name == wishes.sink) return sink;
  if (!wishes.sink.empty())
    return wrong("choosing the sink", wishes.sink,
                 fmt::format("the pipeline has no sink of this name that {} can ask", wishes.reader),
                 "it has " + list);
  if (fitting.size() > 1)
    return wrong("choosing a store of", wishes.pipeline,
                 fmt::format("{} can ask several of its sinks: {}", wishes.reader, list),
                 "name one with --sink");
  return fitting.front();
}

}  // namespace

Result<ReportStore> report_store_of(const ReportWishes& wishes) {
  CHURNSTREAM_TRY_ASSIGN(const PipelineFile file,
                         load_pipeline_file(wishes.pipeline, MissingSecrets::are_left_out));
  CHURNSTREAM_TRY_ASSIGN(const SinkEntry* const sink, chosen_sink(file, wishes));
  CHURNSTREAM_TRY_ASSIGN(const auto model, PipelineModel::load(file.model));
  CHURNSTREAM_TRY_ASSIGN(const CustomerColumns customer, customer_columns(file, *model));
  CHURNSTREAM_TRY_ASSIGN(const auto decoder, make_stream_decoder(file, customer));
  Assignment wanted;
  wanted.columns = decoder->schema();
  CHURNSTREAM_TRY_ASSIGN(wanted.terms, score_terms(file, *model, *wanted.columns, customer.key));
  return sink->kind->report_store(sink->config, wanted);
}

}  // namespace churnstream
