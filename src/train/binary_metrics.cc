#include "train/binary_metrics.h"

#include <algorithm>
#include <numeric>

#include "base/result.h"

namespace churnstream {
namespace {

struct Point {
  double x = 0, y = 0;
};

double area_under(const std::vector<Point>& points) {
  double area = 0;
  for (std::size_t i = 1; i < points.size(); ++i)
    area += (points[i].x - points[i - 1].x) * (points[i].y + points[i - 1].y) / 2.0;
  return area;
}

double share(std::int64_t part, std::int64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

ScoreGroup total_of(const std::vector<ScoreGroup>& groups) {
  ScoreGroup total;
  for (const ScoreGroup& group : groups) {
    total.positives += group.positives;
    total.negatives += group.negatives;
  }
  return total;
}

std::vector<ScoreGroup> merged(const std::vector<ScoreGroup>& groups, std::size_t run) {
  std::vector<ScoreGroup> out;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (i % run == 0) out.emplace_back();
    out.back().score = groups[i].score;
    out.back().positives += groups[i].positives;
    out.back().negatives += groups[i].negatives;
  }
  return out;
}

}  // namespace

std::vector<ScoreGroup> groups_by_score(std::span<const double> scores,
                                        std::span<const std::uint8_t> is_positive, std::size_t num_bins) {
  insist(scores.size() == is_positive.size(), "every score has its truth");
  std::vector<std::size_t> rows(scores.size());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  std::sort(rows.begin(), rows.end(), [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  std::vector<ScoreGroup> groups;
  for (const std::size_t row : rows) {
    if (groups.empty() || groups.back().score != scores[row]) groups.push_back({scores[row], 0, 0});
    (is_positive[row] != 0 ? groups.back().positives : groups.back().negatives) += 1;
  }
  const std::size_t run = num_bins == 0 ? 1 : groups.size() / num_bins;
  return run >= 2 ? merged(groups, run) : groups;
}

double area_under_roc(const std::vector<ScoreGroup>& groups) {
  const ScoreGroup total = total_of(groups);
  std::vector<Point> points{{0, 0}};
  ScoreGroup so_far;
  for (const ScoreGroup& group : groups) {
    so_far.positives += group.positives;
    so_far.negatives += group.negatives;
    points.push_back({total.negatives == 0 ? 0 : share(so_far.negatives, total.negatives),
                      total.positives == 0 ? 0 : share(so_far.positives, total.positives)});
  }
  points.push_back({1, 1});
  return area_under(points);
}

double area_under_pr(const std::vector<ScoreGroup>& groups) {
  if (groups.empty()) return 0;
  const ScoreGroup total = total_of(groups);
  std::vector<Point> points{{0, share(groups[0].positives, groups[0].positives + groups[0].negatives)}};
  ScoreGroup so_far;
  for (const ScoreGroup& group : groups) {
    so_far.positives += group.positives;
    so_far.negatives += group.negatives;
    points.push_back({total.positives == 0 ? 0 : share(so_far.positives, total.positives),
                      share(so_far.positives, so_far.positives + so_far.negatives)});
  }
  return area_under(points);
}

}  // namespace churnstream
