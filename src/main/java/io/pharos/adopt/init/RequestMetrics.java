package io.pharos.adopt.init;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// The request metrics found on a page.
///
/// @param notes sentences about missing or guessed metrics and the consequences
record RequestMetrics(
    Optional<Requests> requests, Optional<Durations> durations, List<String> notes) {

  RequestMetrics {
    notes = List.copyOf(notes);
  }

  /// A counter of answered requests.
  ///
  /// @param matchers matchers that exclude requests not made by users
  record Requests(
      String convention,
      String metric,
      List<String> matchers,
      Optional<Status> status,
      Optional<String> route) {
    Requests {
      matchers = List.copyOf(matchers);
    }

    /// The selector of all requests of a job.
    String all(String job) {
      return selector(metric, job, matchers);
    }

    /// The selector of failed requests.
    Optional<String> failed(String job) {
      return status.map(
          known -> {
            var with = new ArrayList<>(matchers);
            with.add(known.matcher());
            return selector(metric, job, with);
          });
    }
  }

  /// The label with the status of a request.
  record Status(String label, String errors, String good, String bad) {
    /// The matcher of failures.
    String matcher() {
      String operator = errors.matches("\\w+") ? "=" : "=~";
      return label + operator + "\"" + errors + "\"";
    }
  }

  /// A classic histogram of request durations.
  ///
  /// @param metric without `_bucket`
  /// @param slow the boundary above which a request is slow, in the histogram's unit
  /// @param slowText that boundary as written on the page
  /// @param next the next boundary above it
  /// @param soFar the 95th percentile since the service started, in seconds
  record Durations(
      String metric,
      List<String> matchers,
      Convention.TimeUnit unit,
      double slow,
      String slowText,
      double next,
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

    /// The selector of the bucket with requests that are not slow, in all spellings of its
    /// boundary: scrapers may format whole numbers differently from the page.
    String fast(String job) {
      String plain = plain(slow);
      var spellings = new LinkedHashSet<>(List.of(plain));
      if (!plain.contains(".")) {
        spellings.add(plain + ".0");
      }
      spellings.add(slowText);
      var with = new ArrayList<>(matchers);
      with.add(
          spellings.size() == 1
              ? "le=\"" + plain + "\""
              : "le=~\"" + String.join("|", spellings).replace(".", "[.]") + "\"");
      return selector(metric + "_bucket", job, with);
    }

    String count(String job) {
      return selector(metric + "_count", job, matchers);
    }
  }

  /// A number for people: `1` for 1.0, `0.25`, `2500`; never an exponent.
  static String plain(double value) {
    return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
  }

  private static String selector(String metric, String job, List<String> matchers) {
    String more = matchers.isEmpty() ? "" : "," + String.join(",", matchers);
    return metric + "{job=\"" + job + "\"" + more + "}";
  }
}
