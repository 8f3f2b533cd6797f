// How a program by hand is run: once for each line of its standard input, so that whoever measures can
// take turns; it answers with the time and with numbers to compare, as JSON.
#pragma once
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

// The numbers that came of it.
typedef std::vector<double> Result;

// Calls `part(thread, threads)` on so many threads and adds up what they return.
template <class Part> Result together(int threads, Part part) {
  std::vector<Result> results(threads);
  std::vector<std::thread> others;
  for (int t = 1; t < threads; t++) others.emplace_back([&, t] { results[t] = part(t, threads); });
  results[0] = part(0, threads);
  for (auto &thread : others) thread.join();
  for (int t = 1; t < threads; t++)
    for (size_t k = 0; k < results[0].size(); k++) results[0][k] += results[t][k];
  return results[0];
}

// Answers until the input ends; the first argument is the number of threads.
template <class Work> int serve(int argc, char **argv, Work work) {
  int threads = argc > 1 ? std::atoi(argv[1]) : 1;
  while (std::getchar() != EOF) {
    auto begin = std::chrono::steady_clock::now();
    Result result = work(threads);
    double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    std::printf("{\"seconds\": %.9f, \"values\": [", seconds);
    for (size_t k = 0; k < result.size(); k++) std::printf(k ? ", %.9g" : "%.9g", result[k]);
    std::printf("]}\n");
    std::fflush(stdout);
  }
  return 0;
}
