#include "command/pipeline_sections.h"

#include "command/outcomes_section.h"
#include "command/page_segments.h"
#include "command/refused_list.h"
#include "command/sink_list.h"
#include "command/source_list.h"
#include "command/stream_decoder.h"

namespace churnstream {

Options model_options() {
  Options options("model", "The model that answers.");
  options.path("path", "A model directory: Spark's, with or without churnstream.json beside metadata/.")
      .required();
  return options;
}

Options score_options(bool threshold_is_word) {
  Options options("score", "What the scores mean.");
  if (threshold_is_word)
    options.text("threshold", "\"profit\": the profit threshold.").one_of({"profit"});
  else
    options
        .number("threshold",
                "Probability from which a row is `flagged`; or \"profit\": the profit threshold.")
        .between(0, 1)
        .fallback(0.5);
  options.text("value", "The customer's column of money per month; expected_loss = probability x this.");
  options
      .number("band_medium",
              "Probability from which the risk band is medium; the default is the profit threshold.")
      .between(0, 1)
      .fallback(ScoreTerms().band_medium);
  options.number("band_high", "Probability from which the risk band is high.").between(0, 1).fallback(0.5);
  return options;
}

Options page_options() {
  Options options("page", "The live page.");
  options
      .text(
          "listen",
          "Address and port; port 0 takes any free one. Another address than this machine's own needs token, "
          "tls_certificate and tls_key, or behind_proxy.")
      .fallback("127.0.0.1:8080");
  options.text("title", "What stands above the page.").fallback("Churnstream");
  options.text("currency", "A sign that is put before sums of money, such as \"$\".").fallback("");
  options.duration("every", "How often a new snapshot is made.").between(0.1, 60).fallback("1s");
  options.secret("token", "What who looks has to know, at least 16 characters; left out: nothing.");
  options.path("tls_certificate",
               "PEM file with the certificate and the chain behind it; the page speaks TLS.");
  options.path("tls_key", "PEM file with the certificate's key.");
  options
      .flag("behind_proxy",
            "A reverse proxy in front of the page says who is there; whoever else reaches the address must "
            "not.")
      .fallback(false);
  options.text("proxy_header", "The header that the proxy sets and nobody else can: \"X-Remote-User\".");
  options.texts("hosts", "Names under which the page is served, besides this machine's own.");
  options
      .number(
          "requests_per_s",
          "Most requests of one client, or of one user behind a proxy; 0: no limit. Left out: 100, and no "
          "limit for clients on this machine.")
      .between(0, 1'000'000);
  options.integer("connections_per_client", "Most connections from one address of another machine.")
      .between(1, 2'200)
      .fallback(std::int64_t{64});
  options.integer("body_bytes_max", "Longest body of a request.")
      .between(1'024, 64 << 20)
      .fallback(std::int64_t{1 << 20});
  declare_segments(options);
  options
      .texts("hidden_columns",
             "Columns that the page and the API neither show of a customer nor filter, split or sum up by: "
             "nobody "
             "who calls a customer needs these.")
      .fallback(std::vector<std::string>{"gender", "SeniorCitizen", "Partner", "Dependents"});
  return options;
}

Options operations_options() {
  Options options("ops",
                  "Figures for operators: /metrics, /healthz, /readyz and /progress, without customers.");
  options
      .text("listen",
            "Address and port; port 0 takes any free one. Another address than this machine's own opens the "
            "figures to everybody who reaches it.")
      .fallback("127.0.0.1:9108");
  options.duration("lag_max", "A partition that is read so much too late makes /readyz red.")
      .between(0.1, 604'800)
      .fallback("60s");
  options
      .duration("stall_max", "A sink that takes nothing, or rows that do not move, for so long make it red.")
      .between(0.1, 604'800)
      .fallback("30s");
  return options;
}

Options run_options() {
  Options options("run", "How the stream runs.");
  options.text("instance", "This process's name in stores; the default is the host's name and a slot.")
      .fallback("");
  options.path("state_dir", "Checkpoints and the lock that keeps a second process out.").fallback("state");
  options
      .integer("lanes",
               "Threads that read and score; 0: one per core. A file or pipe has one partition: one lane.")
      .between(0, 256)
      .fallback(std::int64_t{0});
  options.integer("batch_rows", "Most rows in one batch; left out: 4096, from Kafka 2048.")
      .between(1, 65'536);
  options.text("log_level", "The least that is worth a line: debug, info, warn or error.")
      .one_of({"debug", "info", "warn", "error"})
      .fallback("info");
  options.duration("commit_interval", "How often the checkpoint moves.")
      .between(0.001, 3'600)
      .fallback("100ms");
  return options;
}

Options with_sink_options(Options options) {
  options.text("name", "The sink's name in messages; the default is its type.");
  options.flag("required", "Whether the stream waits for this sink; an optional one that fails is left out.")
      .fallback(true);
  return options;
}

std::vector<Options> pipeline_options() {
  std::vector<Options> all;
  for (const SourceKind& kind : all_source_kinds()) all.push_back(kind.options());
  for (const DecoderKind& kind : all_decoder_kinds()) all.push_back(stream_decoder_options(kind));
  all.push_back(model_options());
  all.push_back(score_options(false));
  for (const SinkKind& kind : all_sink_kinds()) all.push_back(with_sink_options(kind.options()));
  for (const RefusedKind& kind : all_refused_kinds()) all.push_back(kind.options());
  all.push_back(page_options());
  all.push_back(operations_options());
  all.push_back(outcomes_options());
  all.push_back(run_options());
  return all;
}

}  // namespace churnstream
