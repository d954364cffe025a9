#include "sink/postgres_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sink/postgres_connection.h"

namespace churnstream {
namespace {

using testing::HasSubstr;
using testing::Not;

Config section() {
  Config config;
  const Options options = postgres_options();
  for (const Option& option : options.all())
    if (!std::holds_alternative<std::monostate>(option.fallback_value))
      config.set(option.name, option.fallback_value, "run.toml:7");
  return config;
}

TEST(PostgresSettings, ThePostgresSectionCountsMoreThanTheDsn) {
  Config config = section();
  config.set("dsn", std::string("postgresql://ann:hush@db:5433/churn?sslmode=require"));
  config.pass_on("dbname", "other");
  const auto settings = postgres_settings_of(config);
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->libpq.at("host"), "db");
  EXPECT_EQ(settings->libpq.at("port"), "5433");
  EXPECT_EQ(settings->libpq.at("dbname"), "other");
  EXPECT_EQ(settings->libpq.at("sslmode"), "require");
  EXPECT_EQ(settings->libpq.at("password"), "hush");
  EXPECT_EQ(settings->libpq.at("connect_timeout"), "10");
}

TEST(PostgresSettings, MistakesAreNamedAndSecretsAreNot) {
  Config config = section();
  config.set("dsn", std::string("postgresql://ann:hush@db:5433/churn?nonsense"));
  auto settings = postgres_settings_of(config);
  ASSERT_FALSE(settings);
  EXPECT_THAT(settings.error().message, HasSubstr("libpq does not understand it"));
  EXPECT_THAT(settings.error().message, Not(HasSubstr("hush")));
  config = section();
  config.pass_on("sslmod", "require");
  EXPECT_THAT(postgres_settings_of(config).error().message, HasSubstr("sslmod"));
  config = section();
  config.set("tables", std::vector<std::string>{"churn_scores", "churn_event"});
  EXPECT_THAT(postgres_settings_of(config).error().message, HasSubstr("churn_scores, churn_events or both"));
  for (const auto& [table, age] : {std::pair("churn_event", "90d"), std::pair("churn_events", "90 days"),
                                   std::pair("churn_events", "5s")}) {
    config = section();
    config.set("retention", std::map<std::string, std::string>{{table, age}});
    EXPECT_FALSE(postgres_settings_of(config)) << table << " " << age;
  }
  for (const char* view : {"CHURN", "a.b.c", ".b", "a."}) {
    config = section();
    config.set("view", std::string(view));
    EXPECT_FALSE(postgres_settings_of(config)) << view;
  }
}

TEST(PostgresTrouble, IsSortedBySqlstate) {
  for (const char* passing :
       {"", "08006", "40001", "40P01", "53100", "53300", "55P03", "57014", "57P01", "25006"})
    EXPECT_EQ(postgres_trouble(passing), PostgresTrouble::passing) << passing;
  for (const char* unknown : {"08007", "40003"})
    EXPECT_EQ(postgres_trouble(unknown), PostgresTrouble::unknown) << unknown;
  for (const char* row : {"22001", "22021", "23502", "23505", "23514", "P0001", "54000"})
    EXPECT_EQ(postgres_trouble(row), PostgresTrouble::row) << row;
  for (const char* broken : {"42P01", "42501", "28P01", "3D000", "XX001"})
    EXPECT_EQ(postgres_trouble(broken), PostgresTrouble::broken) << broken;
}

}  // namespace
}  // namespace churnstream
