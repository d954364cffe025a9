#include "report/powerbi_model.h"

#include <fmt/format.h>

#include "report/powerbi_measures.h"
#include "report/stable_id.h"
#include "report/tmdl_text.h"

namespace churnstream {
namespace {

const char* data_type(ReportKind kind) {
  switch (kind) {
    case ReportKind::text: return "string";
    case ReportKind::number: return "double";
    case ReportKind::flag: return "boolean";
    case ReportKind::integer: return "int64";
    case ReportKind::time: return "dateTime";
  }
  return "string";
}

std::string lineage_tag(const std::string& name) {
  return fmt::format("\t\tlineageTag: {}\n", stable_uuid("churnstream powerbi " + name));
}

std::string measure_text(const PowerBiMeasure& measure) {
  return fmt::format("\t/// {}\n\tmeasure {} = {}\n\t\tformatString: {}\n", measure.sentence,
                     tmdl_name(measure.name), measure.dax, measure.format) +
         lineage_tag("measure " + measure.name) + "\n";
}

std::string column_text(const ReportColumn& column) {
  const char* summary = "none";
  if (column.kind == ReportKind::number) summary = column.name == "PROBABILITY" ? "average" : "sum";
  return fmt::format("\tcolumn {}\n\t\tdataType: {}\n", tmdl_name(column.name), data_type(column.kind)) +
         lineage_tag("column " + column.name) +
         fmt::format("\t\tsummarizeBy: {}\n\t\tsourceColumn: {}\n\n", summary, tmdl_value(column.source)) +
         "\t\tannotation SummarizationSetBy = Automatic\n\n";
}

std::string postgres_query(const ReportTable& table) {
  return fmt::format(
      "let\n"
      "    Source = PostgreSQL.Database(Server, Database),\n"
      "    Customers = Source{{[Schema={}, Item={}]}}[Data]\n"
      "in\n"
      "    Customers",
      m_text(table.schema), m_text(table.name));
}

std::string snowflake_query(const ReportTable& table) {
  return fmt::format(
      "let\n"
      "    Source = Snowflake.Databases(Server, Warehouse),\n"
      "    InDatabase = Source{{[Name=Database, Kind=\"Database\"]}}[Data],\n"
      "    InSchema = InDatabase{{[Name={}, Kind=\"Schema\"]}}[Data],\n"
      "    Customers = InSchema{{[Name={}, Kind=\"{}\"]}}[Data]\n"
      "in\n"
      "    Customers",
      m_text(table.schema), m_text(table.name), table.is_view ? "View" : "Table");
}

std::string table_text(const ReportStore& store) {
  std::string text = fmt::format("/// One row per customer: the newest score.\ntable {}\n", kPowerBiTable) +
                     fmt::format("\tlineageTag: {}\n\n", stable_uuid("churnstream powerbi table"));
  for (const PowerBiMeasure& measure : powerbi_measures(store)) text += measure_text(measure);
  for (const ReportColumn& column : store.customers->columns) text += column_text(column);
  const std::string query = store.type == ReportStore::Type::postgres ? postgres_query(*store.customers)
                                                                      : snowflake_query(*store.customers);
  return text + fmt::format("\tpartition {} = m\n\t\tmode: directQuery\n\t\tsource =\n", kPowerBiTable) +
         indented(query, 4) + "\n\tannotation PBI_ResultType = Table\n";
}

std::string parameter(const char* name, const std::string& value, const char* sentence) {
  return fmt::format(
             "/// {}\nexpression {} = {} meta [IsParameterQuery=true, Type=\"Text\", "
             "IsParameterQueryRequired=true]\n",
             sentence, name, m_text(value)) +
         fmt::format("\tlineageTag: {}\n\n",
                     stable_uuid(std::string("churnstream powerbi parameter ") + name)) +
         "\tannotation PBI_ResultType = Text\n\n";
}

std::string expressions_text(const ReportStore& store) {
  const bool is_snowflake = store.type == ReportStore::Type::snowflake;
  return parameter(
             "Server", store.server,
             is_snowflake ? "The Snowflake account's host." : "The PostgreSQL server: host or host:port.") +
         parameter("Database", store.database, "The database.") +
         (is_snowflake ? parameter("Warehouse", store.warehouse, "The warehouse that runs the queries.")
                       : "");
}

}  // namespace

void add_powerbi_model(ProjectFiles& files, const std::string& folder, const ReportStore& store) {
  const std::string definition = folder + "/definition/";
  files[definition + "database.tmdl"] = "database\n\tcompatibilityLevel: 1600\n";
  files[definition + "model.tmdl"] = fmt::format(
      "model Model\n"
      "\tculture: en-US\n"
      "\tdefaultPowerBIDataSourceVersion: powerBI_V3\n"
      "\tsourceQueryCulture: en-US\n\n"
      "ref table {}\n",
      kPowerBiTable);
  files[definition + "expressions.tmdl"] = expressions_text(store);
  files[definition + "tables/" + kPowerBiTable + ".tmdl"] = table_text(store);
}

}  // namespace churnstream
