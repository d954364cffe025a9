#include "dashboard/store_answers.h"

#include "dashboard/api_answer.h"

namespace churnstream {

PageResponse answer_from_store(const PageRequest&, History&) {
  return problem(404, "Not found", "Single customers and segments are not answered by this version.");
}

}  // namespace churnstream
