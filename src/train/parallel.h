// Runs independent pieces of work on several threads. The caller works too; returns when all is done. Which
// thread takes which piece is left to chance, so pieces must not depend on each other.
#pragma once

#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace churnstream {

// Calls work(piece, worker) once for each piece below `count`, worker below `threads`, taking `chunk` pieces
// at a time. Needs: threads > 0; work does not throw.
template <typename Work>
void in_parallel(std::size_t count, std::size_t threads, std::size_t chunk, const Work& work) {
  std::atomic<std::size_t> next{0};
  const auto run = [&](std::size_t worker) {
    for (std::size_t first = next.fetch_add(chunk); first < count; first = next.fetch_add(chunk))
      for (std::size_t piece = first; piece < first + chunk && piece < count; ++piece) work(piece, worker);
  };
  std::vector<std::jthread> others;
  for (std::size_t worker = 1; worker < threads && worker * chunk < count; ++worker)
    others.emplace_back(run, worker);
  run(0);
}

}  // namespace churnstream
