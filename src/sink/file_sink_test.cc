#include "sink/file_sink.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "base/numbers.h"
#include "testing/sink_contract.h"
#include "testing/temporary_folder.h"

namespace churnstream {
namespace {

class FilePlace : public SinkPlace {
 public:
  explicit FilePlace(FileFormat format = FileFormat::jsonl) : format_(format) {}
  std::unique_ptr<Sink> make_sink() override { return make_file_sink(path(), format_); }
  std::vector<std::string> rows() override {
    return each([](const nlohmann::json& json) {
      const auto number = [&](const char* name) {
        return json[name].is_null() ? "NULL" : shortest(json[name].get<double>());
      };
      return fmt::format("{} {} {} {} {}", json["source_offset"].get<std::int64_t>(),
                         json["customer_id"].get<std::string>(), number("probability"),
                         json["note"].is_null() ? "NULL" : json["note"].get<std::string>(),
                         number("charges"));
    });
  }
  std::vector<std::string> flags_and_times() override {
    return each([](const nlohmann::json& json) {
      return fmt::format("{} {} {}", json["source_offset"].get<std::int64_t>(), json["flagged"].get<bool>(),
                         json["event_time"].get<std::string>());
    });
  }
  Path path() const { return folder_ / "scored.jsonl"; }
  Path note() const { return folder_ / "scored.jsonl.position"; }

 private:
  template <typename TextOf>
  std::vector<std::string> each(TextOf text_of) const {
    std::istringstream lines(*read_file(path()));
    std::vector<std::string> texts;
    for (std::string line; std::getline(lines, line);) texts.push_back(text_of(nlohmann::json::parse(line)));
    return texts;
  }
  const FileFormat format_;
  TemporaryFolder folder_;
};

TEST(FileSink, PassesTheSinkContract) {
  sink_contract([] { return std::make_unique<FilePlace>(); });
}

TEST(FileSink, BytesBehindTheNoteAreCutWhereverTheProcessDied) {
  FilePlace place;
  contract::delivers(*contract::opened(place), {{.offset = 0}}, 1);
  const std::string first = *read_file(place.path()), note = *read_file(place.note());
  contract::delivers(*contract::opened(place, test_checkpoint(1)), {{.offset = 1}}, 2);
  const std::string both = *read_file(place.path());
  // Died after any number of bytes, before the note: those bytes never counted.
  for (std::size_t length = first.size(); length <= both.size(); length += 7) {
    ASSERT_TRUE(write_file_atomically(place.path(), both.substr(0, length)));
    ASSERT_TRUE(write_file_atomically(place.note(), note));
    const auto sink = contract::opened(place, test_checkpoint(1));
    EXPECT_EQ(*read_file(place.path()), first);
    contract::delivers(*sink, {{.offset = 1}}, 2);
    EXPECT_EQ(*read_file(place.path()), both);
  }
}

TEST(FileSink, AFileThatIsNotOursIsLeftAlone) {
  FilePlace place;
  ASSERT_TRUE(write_file_atomically(place.path(), "dear diary\n"));
  const auto opened = place.make_sink()->open(test_assignment());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::wrong);
  EXPECT_EQ(*read_file(place.path()), "dear diary\n");
}

TEST(FileSink, AFileThatSomebodyCutStopsTheRun) {
  FilePlace place;
  contract::delivers(*contract::opened(place), {{.offset = 0}}, 1);
  ASSERT_TRUE(write_file_atomically(place.path(), "{"));
  const auto opened = place.make_sink()->open(test_assignment());
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, testing::HasSubstr("shorter"));
}

TEST(FileSink, ASecondProcessIsRefused) {
  FilePlace place;
  const auto first = contract::opened(place);
  EXPECT_FALSE(place.make_sink()->open(test_assignment()));
}

TEST(FileSink, CsvHasOneHeaderLine) {
  FilePlace place(FileFormat::csv);
  contract::delivers(*contract::opened(place), {{.offset = 0, .id = "a\"b,c"}}, 1);
  contract::delivers(*contract::opened(place, test_checkpoint(1)), {{.offset = 1, .probability = 0.75}}, 2);
  EXPECT_EQ(
      *read_file(place.path()),
      "customer_id,probability,prediction,flagged,risk_band,expected_loss,model,event_time,scored_at,"
      "source_topic,source_partition,source_offset,note,charges\n"
      "\"a\"\"b,c\",0.5,No,true,high,5,abc123,1970-01-01T00:00:00.000000Z,1970-01-01T00:00:01.000000Z,churn,"
      "0,"
      "0,month,10\n"
      "7590,0.75,Yes,true,high,7.5,abc123,1970-01-01T00:00:00.000000Z,1970-01-01T00:00:01.000000Z,churn,0,1,"
      "month,10\n");
}

}  // namespace
}  // namespace churnstream
