// What the Kafka verbs have in common on the command line: the brokers and librdkafka's properties.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace CLI {
class App;
}

namespace churnstream {

struct KafkaArguments {
  std::string brokers = "127.0.0.1:9092";
  std::vector<std::string> properties;  // name=value
};

// Adds --brokers and --kafka.
void add_kafka_arguments(CLI::App& app, KafkaArguments& arguments);

// For librdkafka. Secrets only as ${ENV_NAME} or file:PATH.
Result<std::map<std::string, std::string>> kafka_properties_of(const KafkaArguments& arguments);

// "name=value" in two; wrong when there is no name.
Result<std::pair<std::string, std::string>> name_and_value(const std::string& text);

}  // namespace churnstream
