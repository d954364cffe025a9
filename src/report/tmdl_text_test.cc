#include "report/tmdl_text.h"

#include <gtest/gtest.h>

namespace churnstream {
namespace {

TEST(TmdlText, ANameThatIsMoreThanAWordStandsInQuotes) {
  EXPECT_EQ(tmdl_name("TENURE"), "TENURE");
  EXPECT_EQ(tmdl_name("As of"), "'As of'");
  EXPECT_EQ(tmdl_name("customer's = own"), "'customer''s = own'");
  EXPECT_EQ(tmdl_name("żółć"), "'żółć'");
  EXPECT_EQ(tmdl_name(""), "''");
}

TEST(TmdlText, AValueThatWouldLoseItsEndsStandsInQuotes) {
  EXPECT_EQ(tmdl_value("tenure in \"months\" too"), "tenure in \"months\" too");
  EXPECT_EQ(tmdl_value(" tenure"), "\" tenure\"");
  EXPECT_EQ(tmdl_value("\"tenure\""), "\"\"\"tenure\"\"\"");
  EXPECT_EQ(tmdl_value(""), "\"\"");
}

TEST(TmdlText, NoNameOrTextEndsBeforeItsEnd) {
  EXPECT_EQ(dax_column("it's", "a]b"), "'it''s'[a]]b]");
  EXPECT_EQ(dax_text("say \"no\""), "\"say \"\"no\"\"\"");
  EXPECT_EQ(m_text("\"#(lf)\" #x"), "\"\"\"#(#)(lf)\"\" #x\"");
  EXPECT_EQ(tmdl_name("two\nlines"), "'two lines'");
}

TEST(TmdlText, LinesAreIndentedAndEmptyOnesStayEmpty) {
  EXPECT_EQ(indented("let\n    x\n\nin", 2), "\t\tlet\n\t\t    x\n\n\t\tin\n");
}

}  // namespace
}  // namespace churnstream
