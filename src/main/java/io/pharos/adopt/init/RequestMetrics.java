package io.pharos.adopt.init;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/// The request metrics that were found on a page.
///
/// @param notes sentences about missing or guessed metrics and the consequences
record RequestMetrics(
    Optional<Requests> requests, Optional<Durations> durations, List<String> notes) {

  RequestMetrics {
    notes = List.copyOf(notes);
  }

  /// Returns lines about the metrics.
  List<String> report() {
    var lines = new ArrayList<String>();
    requests.ifPresent(
        it -> {
          lines.add("requests    " + it.metric() + " (" + it.convention() + ")");
          it.failure().ifPresent(failure -> lines.add("failed      " + it.described(failure)));
          if (!it.matchers().isEmpty()) {
            lines.add("counted     requests with " + String.join(", ", it.matchers()));
          }
        });
    durations.ifPresent(
        it ->
            lines.add(
                "durations   %s; slow is above %s s%s"
                    .formatted(
                        it.metric(),
                        plain(it.slowSeconds()),
                        it.soFar().isPresent()
                            ? ", 95 %% of the requests so far took %s s or less"
                                .formatted(plain(it.soFar().getAsDouble()))
                            : "")));
    return lines;
  }

  /// A counter of answered requests.
  ///
  /// @param convention name of the convention by which the counter was found
  /// @param matchers matchers that exclude requests that users did not make
  record Requests(
      String convention,
      String metric,
      List<String> matchers,
      Optional<Failure> failure,
      Optional<String> route) {
    Requests {
      matchers = List.copyOf(matchers);
    }

    /// Returns the selector of all requests of a job.
    String all(String job) {
      return selector(metric, job, matchers);
    }

    /// Returns the selector of failed requests.
    Optional<String> failed(String job) {
      return failure.map(it -> selector(it.metric(), job, it.matchers()));
    }

    private String described(Failure it) {
      String counter = it.metric().equals(metric) ? "requests" : it.metric();
      return it.matcher().isEmpty() ? counter : counter + " with " + it.matcher();
    }

    /// Returns the label of the counter that tells failed requests from others.
    Optional<String> status() {
      return failure
          .filter(it -> it.metric().equals(metric) && !it.label().isEmpty())
          .map(Failure::label);
    }
  }

  /// How failed requests are counted: by a label of the request counter, or by another counter.
  ///
  /// @param label the label that describes the failure; may be empty
  /// @param matcher the matchers of failures alone, as text; empty if every count is a failure
  /// @param good the labels of a good request, as text, for tests; may be empty
  /// @param bad the labels of a failed request, as text, for tests; may be empty
  record Failure(
      String metric, List<String> matchers, String label, String matcher, String good, String bad) {
    Failure {
      matchers = List.copyOf(matchers);
    }

    /// Returns the failures that a label with the status of a request tells.
    ///
    /// @param errors a regular expression for the status of failed requests
    static Failure byStatus(
        String metric, List<String> others, String label, String errors, String good, String bad) {
      String operator = errors.matches("\\w+") ? "=" : "=~";
      String matcher = label + operator + "\"" + errors + "\"";
      return new Failure(
          metric,
          Stream.concat(others.stream(), Stream.of(matcher)).toList(),
          label,
          matcher,
          label + "=\"" + good + "\"",
          label + "=\"" + bad + "\"");
    }
  }

  /// A classic histogram of request durations.
  ///
  /// @param metric name of the histogram without `_bucket`
  /// @param slow the boundary above which a request is slow, in the histogram's unit
  /// @param slowText the boundary `slow` as the page writes it
  /// @param soFar the 95th percentile since the service started, in seconds
  record Durations(
      String metric,
      List<String> matchers,
      Convention.TimeUnit unit,
      double slow,
      String slowText,
      OptionalDouble soFar) {
    Durations {
      matchers = List.copyOf(matchers);
    }

    double slowSeconds() {
      return slow / unit.perSecond();
    }

    String buckets(String job) {
      return selector(metric + "_bucket", job, matchers);
    }

    /// Returns the selector of the bucket with the requests that are not slow. The selector matches
    /// all spellings of the boundary, because a scraper may write whole numbers in another way than
    /// the page.
    String fast(String job) {
      String plain = plain(slow);
      var spellings = new LinkedHashSet<>(List.of(plain));
      if (!plain.contains(".")) {
        spellings.add(plain + ".0");
      }
      spellings.add(slowText);
      var fastMatchers = new ArrayList<>(matchers);
      fastMatchers.add(
          spellings.size() == 1
              ? "le=\"" + plain + "\""
              : "le=~\"" + String.join("|", spellings).replace(".", "[.]") + "\"");
      return selector(metric + "_bucket", job, fastMatchers);
    }

    String count(String job) {
      return selector(metric + "_count", job, matchers);
    }
  }

  /// Returns a number as people write it, without an exponent: `1` for 1.0, `0.25`, `2500`.
  static String plain(double value) {
    return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
  }

  private static String selector(String metric, String job, List<String> matchers) {
    String extraMatchers = matchers.isEmpty() ? "" : "," + String.join(",", matchers);
    return metric + "{job=\"" + job + "\"" + extraMatchers + "}";
  }
}
