#include "sink/cassandra_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/config_file.h"

namespace churnstream {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// The lines of a [[sink]] section.
Result<CassandraSettings> settings_of(const std::string& lines) {
  auto file = ConfigFile::parse("[sink]\n" + lines, "run.toml", ".");
  if (!file) return tl::make_unexpected(file.error());
  const auto config = file->read("sink", cassandra_options());
  if (!config) return tl::make_unexpected(config.error());
  return cassandra_settings_of(*config);
}

std::string complaint(const std::string& lines) {
  const auto settings = settings_of(lines);
  EXPECT_FALSE(settings) << lines;
  return settings ? "" : settings.error().message;
}

TEST(CassandraSettings, HaveDefaultsThatWrite) {
  const auto settings = settings_of("");
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->nodes, std::vector<std::string>{"127.0.0.1:9042"});
  EXPECT_EQ(settings->consistency, "LOCAL_QUORUM");
  EXPECT_EQ(settings->compression, "lz4");
  EXPECT_TRUE(settings->has_scores && settings->has_events);
}

TEST(CassandraSettings, TakeNodesWithAndWithoutPorts) {
  EXPECT_EQ(settings_of("nodes = [\"a\", \"b:7\", \"[::1]:8\"]\nport = 9")->nodes,
            (std::vector<std::string>{"a:9", "b:7", "[::1]:8"}));
  EXPECT_THAT(complaint("nodes = []"), HasSubstr("there is none"));
}

TEST(CassandraSettings, SayWhatIsWrong) {
  EXPECT_THAT(complaint("keyspace = \"a b\""), HasSubstr("no name of a keyspace"));
  EXPECT_THAT(complaint("tables = [\"churn_event\"]"), HasSubstr("not the store's tables"));
  EXPECT_THAT(complaint("retention = { churn_events = \"5m\" }"), HasSubstr("hour"));
  EXPECT_THAT(complaint("retention = { churn_events = \"7301d\" }"), HasSubstr("twenty years"));
  EXPECT_THAT(complaint("replication = { dc1 = 1.5 }"), HasSubstr("no number of replicas"));
  EXPECT_THAT(complaint("tls_ca = \"ca.pem\""), HasSubstr("TLS is off"));
  EXPECT_THAT(complaint("tls = true\ntls_certificate = \"a.pem\""), HasSubstr("come together"));
  EXPECT_THAT(complaint("password = \"plain\""), HasSubstr("password"));
}

TEST(CassandraSettings, TakeTheSparkConnectorsNames) {
  ::setenv("CHURN_CASSANDRA_TEST", "secret", 1);
  const auto settings = settings_of(R"([sink.cassandra]
spark.cassandra.connection.host = "10.0.0.1,10.0.0.2:7"
spark.cassandra.connection.port = "9043"
spark.cassandra.connection.localDC = "dc2"
spark.cassandra.connection.timeoutMS = "1500"
spark.cassandra.connection.compression = "NONE"
spark.cassandra.connection.ssl.enabled = "true"
spark.cassandra.auth.username = "churn"
spark.cassandra.auth.password = "${CHURN_CASSANDRA_TEST}"
spark.cassandra.read.timeoutMS = "20000"
spark.cassandra.output.consistency.level = "local_one"
spark.cassandra.output.concurrent.writes = "32"
spark.cassandra.output.ignoreNulls = "true"
spark.cassandra.output.ttl = "7200"
)");
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->nodes, (std::vector<std::string>{"10.0.0.1:9043", "10.0.0.2:7"}));
  EXPECT_EQ(settings->local_datacenter, "dc2");
  EXPECT_EQ(settings->connect_timeout, 1'500ms);
  EXPECT_EQ(settings->compression, "none");
  EXPECT_TRUE(settings->tls);
  EXPECT_EQ(settings->user + ":" + settings->password, "churn:secret");
  EXPECT_EQ(settings->timeout, 20s);
  EXPECT_EQ(settings->consistency, "LOCAL_ONE");
  EXPECT_EQ(settings->concurrent_writes, 32u);
  EXPECT_TRUE(settings->leaves_missing);
  EXPECT_EQ(settings->retention.at("churn_events"), 2h);
}

TEST(CassandraSettings, NameTheNearestOfTheSparkConnectorsNamesOrWhatToUseInstead) {
  const auto of = [](const std::string& line) {
    return complaint("[sink.cassandra]\nspark.cassandra." + line);
  };
  EXPECT_THAT(of("output.consistency.levle = \"ONE\""),
              HasSubstr("did you mean spark.cassandra.output.consistency.level?"));
  EXPECT_THAT(of("output.consistency.level = \"MOST\""), HasSubstr("this must be one of LOCAL_ONE"));
  EXPECT_THAT(of("output.batch.size.rows = \"5\""), HasSubstr("one by one"));
  EXPECT_THAT(of("connection.ssl.trustStore.path = \"a.jks\""), HasSubstr("tls_ca"));
  EXPECT_THAT(of("connection.host = \"a,,b\""), HasSubstr("commas"));
  EXPECT_THAT(of("output.ttl = \"-1\""), HasSubstr("seconds"));
  EXPECT_THAT(complaint("[sink.cassandra]\nkeyspace = \"x\""), HasSubstr("has this name"));
}

}  // namespace
}  // namespace churnstream
