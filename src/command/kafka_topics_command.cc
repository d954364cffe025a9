// churnstream topics list|create|describe|delete: what the original did with kafka-topics.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "command/evaluation_text.h"
#include "command/kafka_arguments.h"
#include "command/verbs.h"
#include "kafka/kafka_admin.h"

namespace churnstream {
namespace {

struct TopicsOptions {
  KafkaArguments kafka;
  std::string name;
  int partitions = 1, replication = -1;
  std::vector<std::string> config;
  bool is_json = false, all = false, yes = false;
};

std::int64_t records_of(const TopicFacts& topic) {
  std::int64_t records = 0;
  for (const TopicPartition& partition : topic.partitions) records += partition.high - partition.low;
  return records;
}

nlohmann::ordered_json json_of(const TopicFacts& topic) {
  nlohmann::ordered_json json = {{"name", topic.name}, {"records", records_of(topic)}};
  if (!topic.id.empty()) json["id"] = topic.id;
  for (const TopicPartition& partition : topic.partitions)
    json["partitions"].push_back({{"partition", partition.number},
                                  {"leader", partition.leader},
                                  {"replicas", partition.replicas},
                                  {"in_sync", partition.in_sync},
                                  {"low", partition.low},
                                  {"high", partition.high}});
  if (!topic.config.empty()) json["config"] = topic.config;
  for (const TopicGroup& group : topic.groups) {
    nlohmann::ordered_json told = {{"group", group.name}, {"state", group.state}, {"members", group.members}};
    for (const auto& [partition, offset] : group.committed)
      told["committed"][std::to_string(partition)] = offset;
    json["groups"].push_back(told);
  }
  return json;
}

void print(const std::string& text) { std::fputs(text.c_str(), stdout); }

Result<void> list(const TopicsOptions& options) {
  CHURNSTREAM_TRY_ASSIGN(const auto properties, kafka_properties_of(options.kafka));
  CHURNSTREAM_TRY_ASSIGN(const auto admin, KafkaAdmin::connect(properties));
  CHURNSTREAM_TRY_ASSIGN(std::vector<TopicFacts> topics, admin->list());
  if (!options.all) std::erase_if(topics, [](const TopicFacts& topic) { return topic.is_internal; });
  if (options.is_json) {
    nlohmann::ordered_json json = nlohmann::ordered_json::array();
    for (const TopicFacts& topic : topics) json.push_back(json_of(topic));
    print(json.dump(2) + "\n");
    return {};
  }
  if (topics.empty()) {
    print("There is no topic; churnstream topics create NAME makes one.\n");
    return {};
  }
  print(fmt::format("{:<32} {:>10} {:>8} {:>14}\n", "topic", "partitions", "replicas", "records"));
  for (const TopicFacts& topic : topics)
    print(fmt::format("{:<32} {:>10} {:>8} {:>14}\n", topic.name, topic.partitions.size(),
                      topic.partitions.empty() ? 0 : topic.partitions.front().replicas,
                      with_commas(static_cast<std::uint64_t>(records_of(topic)))));
  return {};
}

Result<void> create(const TopicsOptions& options) {
  std::map<std::string, std::string> config;
  for (const std::string& text : options.config) {
    CHURNSTREAM_TRY_ASSIGN(const auto property, name_and_value(text));
    config.insert(property);
  }
  CHURNSTREAM_TRY_ASSIGN(const auto properties, kafka_properties_of(options.kafka));
  CHURNSTREAM_TRY_ASSIGN(const auto admin, KafkaAdmin::connect(properties));
  CHURNSTREAM_TRY(admin->create(options.name, options.partitions, options.replication, config));
  print(fmt::format("made topic {} with {} partition{}\n", options.name, options.partitions,
                    options.partitions == 1 ? "" : "s"));
  return {};
}

void print_groups(const TopicFacts& topic) {
  for (const TopicGroup& group : topic.groups) {
    print(fmt::format("\ngroup {}: {}, {} member{}{}\n", group.name, group.state, group.members,
                      group.members == 1 ? "" : "s", group.assignor.empty() ? "" : ", " + group.assignor));
    print(fmt::format("{:>9} {:>14} {:>14}\n", "partition", "committed", "lag"));
    for (const TopicPartition& partition : topic.partitions) {
      const auto committed = group.committed.find(partition.number);
      if (committed == group.committed.end()) continue;
      print(fmt::format("{:>9} {:>14} {:>14}\n", partition.number, committed->second,
                        partition.high - committed->second));
    }
  }
}

Result<void> describe(const TopicsOptions& options) {
  CHURNSTREAM_TRY_ASSIGN(const auto properties, kafka_properties_of(options.kafka));
  CHURNSTREAM_TRY_ASSIGN(const auto admin, KafkaAdmin::connect(properties));
  CHURNSTREAM_TRY_ASSIGN(const TopicFacts topic, admin->describe(options.name));
  if (options.is_json) {
    print(json_of(topic).dump(2) + "\n");
    return {};
  }
  print(fmt::format("topic {} (id {})\n", topic.name, topic.id));
  for (const auto& [name, value] : topic.config) print(fmt::format("  {} = {}\n", name, value));
  print(fmt::format("{:>9} {:>6} {:>8} {:>7} {:>14} {:>14}\n", "partition", "leader", "replicas", "in sync",
                    "first", "end"));
  for (const TopicPartition& partition : topic.partitions)
    print(fmt::format("{:>9} {:>6} {:>8} {:>7} {:>14} {:>14}\n", partition.number, partition.leader,
                      partition.replicas, partition.in_sync, partition.low, partition.high));
  print_groups(topic);
  return {};
}

Result<void> remove(const TopicsOptions& options) {
  if (!options.yes) {
    if (::isatty(0) == 0)
      return wrong("deleting the topic", options.name, "nobody is there to ask", "say --yes");
    std::fprintf(stderr, "Delete topic %s and every record in it? [y/N] ", options.name.c_str());
    std::string answer;
    std::getline(std::cin, answer);
    if (answer != "y" && answer != "yes") return failed("deleting the topic", options.name, "left as it is");
  }
  CHURNSTREAM_TRY_ASSIGN(const auto properties, kafka_properties_of(options.kafka));
  CHURNSTREAM_TRY_ASSIGN(const auto admin, KafkaAdmin::connect(properties));
  CHURNSTREAM_TRY(admin->remove(options.name));
  print(fmt::format("deleted topic {}\n", options.name));
  return {};
}

}  // namespace

Verb topics_verb() {
  return {"topics", "Kafka topics: list, create, describe with lag, delete.",
          "churnstream topics create churn --partitions 4", [](CLI::App& app) {
            const auto options = std::make_shared<TopicsOptions>();
            const auto run = std::make_shared<Result<void> (*)(const TopicsOptions&)>(nullptr);
            const auto add = [&](const char* name, const char* sentence,
                                 Result<void> (*what)(const TopicsOptions&)) {
              CLI::App* sub = app.add_subcommand(name, sentence);
              add_kafka_arguments(*sub, options->kafka);
              sub->callback([run, what] { *run = what; });
              return sub;
            };
            CLI::App* all = add("list", "Every topic, with its partitions and records.", list);
            all->add_flag("--all", options->all, "Kafka's own topics too.");
            CLI::App* made = add("create", "Make a topic.", create);
            made->add_option("--partitions", options->partitions, "How many partitions.")
                ->check(CLI::Range(1, 10'000))
                ->capture_default_str();
            made->add_option("--replication", options->replication,
                             "Copies of each partition; left out: as the cluster has it.")
                ->check(CLI::Range(1, 100));
            made->add_option("--config", options->config,
                             "A setting of the topic, name=value; may be repeated.");
            CLI::App* told =
                add("describe", "Watermarks, replicas, settings, and the groups that read it.", describe);
            CLI::App* gone = add("delete", "Delete a topic and every record in it.", remove);
            gone->add_flag("--yes", options->yes, "Do not ask.");
            for (CLI::App* named : {made, told, gone})
              named->add_option("NAME", options->name, "The topic.")->required();
            for (CLI::App* shown : {all, told}) shown->add_flag("--json", options->is_json, "As JSON.");
            app.require_subcommand(1);
            return [options, run] { return (*run)(*options); };
          }};
}

}  // namespace churnstream
