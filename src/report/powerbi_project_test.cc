#include "report/powerbi_project.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/report_stores.h"

namespace churnstream {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string table_of(const PowerBiProject& project) {
  return project.files.at("Churn.SemanticModel/definition/tables/CHURN.tmdl");
}

std::string parameters_of(const PowerBiProject& project) {
  return project.files.at("Churn.SemanticModel/definition/expressions.tmdl");
}

TEST(PowerBiProject, AColumnHasTheStoresNameAsItsSourceAndATypeOfItsKind) {
  const std::string table = table_of(
      make_powerbi_project(store_with({{"TENURE", "tenure", ReportKind::number, true},
                                       {"SOURCE_OFFSET", "source_offset", ReportKind::integer, false},
                                       {"FLAGGED", "flagged", ReportKind::flag, false}})));
  for (const auto& [name, type, source] :
       std::initializer_list<std::array<const char*, 3>>{{"TENURE", "double", "tenure"},
                                                         {"SOURCE_OFFSET", "int64", "source_offset"},
                                                         {"FLAGGED", "boolean", "flagged"},
                                                         {"SCORED_AT", "dateTime", "SCORED_AT"},
                                                         {"CHURN", "string", "CHURN"}}) {
    const std::size_t begin = table.find(std::string("\tcolumn ") + name + "\n");
    ASSERT_NE(begin, std::string::npos) << name;
    const std::string column = table.substr(begin, table.find("\n\n", begin) - begin);
    EXPECT_THAT(column, HasSubstr(std::string("dataType: ") + type + "\n"));
    EXPECT_THAT(column, HasSubstr(std::string("sourceColumn: ") + source));
  }
}

TEST(PowerBiProject, ACustomersColumnGivesWayToAMeasuresName) {
  const std::string table = table_of(make_powerbi_project(store_with({text("AS OF")})));
  EXPECT_THAT(table, HasSubstr("\tmeasure 'As of' = "));
  EXPECT_THAT(table, HasSubstr("\tcolumn 'AS OF (column)'\n"));
  EXPECT_THAT(table, HasSubstr("\t\tsourceColumn: AS OF\n"));
}

TEST(PowerBiProject, AColumnWithALineEndInItsNameIsLeftOutAndSaid) {
  ReportStore store = store_with({text("two\nlines"), text("FINE")});
  store.key = "two\nlines";
  const PowerBiProject project = make_powerbi_project(store);
  EXPECT_THAT(table_of(project), Not(HasSubstr("lines")));
  EXPECT_THAT(table_of(project), HasSubstr("\tcolumn FINE\n"));
  EXPECT_THAT(project.notes, Contains(HasSubstr("line end")));
}

TEST(PowerBiProject, ThePositiveClassCannotEndItsText) {
  ReportStore store = store_with({});
  store.positive = "gone \"for good\"";
  EXPECT_THAT(table_of(make_powerbi_project(store)), HasSubstr("[CHURN] = \"gone \"\"for good\"\"\")"));
}

TEST(PowerBiProject, ParametersSayWhereTheStoreIs) {
  const PowerBiProject project = make_powerbi_project(store_with({}));
  EXPECT_THAT(parameters_of(project),
              HasSubstr("expression Server = \"db.example\" meta [IsParameterQuery=true"));
  EXPECT_THAT(parameters_of(project), HasSubstr("expression Database = \"churn\" meta"));
  EXPECT_THAT(parameters_of(project), Not(HasSubstr("Warehouse")));
  EXPECT_THAT(table_of(project), HasSubstr("PostgreSQL.Database(Server, Database)"));
}

TEST(PowerBiProject, SnowflakeIsAskedThroughAWarehouseForAViewOrATable) {
  ReportStore store = store_with({});
  store.type = ReportStore::Type::snowflake;
  store.warehouse = "READ";
  EXPECT_THAT(parameters_of(make_powerbi_project(store)), HasSubstr("expression Warehouse = \"READ\" meta"));
  EXPECT_THAT(table_of(make_powerbi_project(store)), HasSubstr("[Name=\"CHURN\", Kind=\"View\"]"));
  store.customers->is_view = false;
  EXPECT_THAT(table_of(make_powerbi_project(store)), HasSubstr("[Name=\"CHURN\", Kind=\"Table\"]"));
}

TEST(PowerBiProject, WhatThePipelineDoesNotSayIsFilledInAndSaid) {
  EXPECT_THAT(make_powerbi_project(store_with({})).notes, Not(Contains(HasSubstr("set the parameter"))));
  ReportStore store = store_with({});
  store.server.clear();
  store.value.clear();
  const PowerBiProject project = make_powerbi_project(store);
  EXPECT_THAT(project.notes, Contains(HasSubstr("set the parameter Server in Power BI")));
  EXPECT_THAT(project.notes, Contains(HasSubstr("Revenue at risk stays blank")));
}

TEST(PowerBiProject, TheSameStoreGivesTheSameFilesAndAnotherPlaceOtherItems) {
  ReportStore store = store_with({number("TENURE")});
  const PowerBiProject first = make_powerbi_project(store);
  EXPECT_EQ(first.files, make_powerbi_project(store).files);
  store.database = "other";
  const PowerBiProject other = make_powerbi_project(store);
  EXPECT_NE(first.files.at("Churn.Report/.platform"), other.files.at("Churn.Report/.platform"));
}

}  // namespace
}  // namespace churnstream
