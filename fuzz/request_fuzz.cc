// Random bytes as a request to the live page: they are answered or turned away, and nothing of this machine
// is told to somebody who does not use one of its names.
#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "dashboard/server.h"

using namespace churnstream;

namespace {

constexpr std::string_view kSnapshot = R"({"customer_id":"7590-VHVEG"})";

bool is_one_of_our_answers(unsigned status) {
  for (const unsigned known : {200U, 304U, 400U, 404U, 405U, 413U, 421U, 431U})
    if (status == known) return true;
  return false;
}

bool names_us(std::string_view bytes) {
  std::string small(bytes);
  std::transform(small.begin(), small.end(), small.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return small.find("localhost") != small.npos || small.find("127.0.0.1") != small.npos ||
         small.find("[::1]") != small.npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const PageResponse response = answer_to_bytes(bytes, 8'192, page_answer(page_files()), kSnapshot);
  insist(is_one_of_our_answers(response.status), "a request is answered with a status we know");
  insist(response.body.empty() || response.body.size() == response.content_length,
         "the length said is the length sent");
  if (response.body == kSnapshot) insist(names_us(bytes), "the snapshot goes only to who names this machine");

  // The same bytes as the parts of a request that parsing would never let through.
  const std::size_t half = size / 2;
  const PageRequest request{.method = "GET",
                            .target = bytes.substr(0, half),
                            .host = "localhost",
                            .accept_encoding = bytes.substr(half),
                            .if_none_match = bytes.substr(half)};
  insist(is_one_of_our_answers(answer(request, page_files(), kSnapshot).status),
         "every target has an answer");
  (void)names_this_machine(bytes);
  return 0;
}
