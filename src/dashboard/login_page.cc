#include "dashboard/api_answer.h"
#include "dashboard/gate.h"

namespace churnstream {

PageResponse login_page(unsigned status, std::string_view sentence) {
  std::string html =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n<title>Churnstream: log in</title>\n"
      "<link rel=\"stylesheet\" href=\"/css/page.css\">\n</head>\n<body>\n<main>\n<h1>Churnstream</h1>\n";
  if (!sentence.empty()) html += "<p role=\"alert\">" + std::string(sentence) + "</p>\n";
  html +=
      "<form method=\"post\" action=\"/login\">\n<p><label for=\"token\">Token</label>\n"
      "<input id=\"token\" name=\"token\" type=\"password\" autocomplete=\"current-password\" required "
      "autofocus>\n<button>Log in</button></p>\n</form>\n</main>\n</body>\n</html>\n";
  return plain_response(status, "text/html; charset=utf-8", std::move(html), "no-store");
}

}  // namespace churnstream
