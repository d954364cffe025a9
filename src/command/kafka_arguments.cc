#include "command/kafka_arguments.h"

#include <CLI/CLI.hpp>

#include "config/secret.h"

namespace churnstream {

void add_kafka_arguments(CLI::App& app, KafkaArguments& arguments) {
  app.add_option("--brokers", arguments.brokers, "Where to find the cluster: host:port, several with commas.")
      ->capture_default_str();
  app.add_option(
      "--kafka", arguments.properties,
      "A property of librdkafka, name=value; may be repeated. Secrets as '${ENV_NAME}' or file:PATH.");
}

Result<std::pair<std::string, std::string>> name_and_value(const std::string& text) {
  const std::size_t place = text.find('=');
  if (place == std::string::npos || place == 0)
    return wrong("reading", sounds_secret(text.substr(0, place)) ? "a property" : text,
                 "this is not name=value");
  return std::pair(text.substr(0, place), text.substr(place + 1));
}

Result<std::map<std::string, std::string>> kafka_properties_of(const KafkaArguments& arguments) {
  std::map<std::string, std::string> properties = {{"bootstrap.servers", arguments.brokers}};
  for (const std::string& text : arguments.properties) {
    CHURNSTREAM_TRY_ASSIGN(auto property, name_and_value(text));
    if (sounds_secret(property.first)) {
      Result<std::string> secret = resolve_secret(property.second, ".");
      if (!secret) return wrong("reading --kafka", property.first, secret.error().message);
      property.second = *std::move(secret);
    }
    properties[property.first] = property.second;
  }
  return properties;
}

}  // namespace churnstream
