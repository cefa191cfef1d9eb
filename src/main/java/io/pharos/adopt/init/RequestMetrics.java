package io.pharos.adopt.init;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// What was found on a page about the requests that its service answers.
///
/// @param notes whole sentences about what is missing or was guessed, and what follows
record RequestMetrics(
    Optional<Requests> requests, Optional<Durations> durations, List<String> notes) {

  RequestMetrics {
    requireNonNull(requests, "requests is null");
    requireNonNull(durations, "durations is null");
    notes = List.copyOf(notes);
  }

  /// A counter of answered requests.
  ///
  /// @param convention whose names these are
  /// @param matchers what leaves out requests that are not for users
  /// @param route the label that says which path was asked for
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

    /// The selector of the failed ones.
    Optional<String> failed(String job) {
      return status.map(
          known -> {
            var with = new ArrayList<>(matchers);
            with.add(known.matcher());
            return selector(metric, job, with);
          });
    }
  }

  /// The label that says how a request ended.
  ///
  /// @param errors the regular expression of failures
  /// @param good a value that is none
  /// @param bad a value that is one
  record Status(String label, String errors, String good, String bad) {
    /// The matcher of failures.
    String matcher() {
      String operator = errors.matches("\\w+") ? "=" : "=~";
      return label + operator + "\"" + errors + "\"";
    }
  }

  /// A classic histogram of the time that answers take.
  ///
  /// @param metric without `_bucket`
  /// @param slow the boundary above which a request is slow, in the histogram's unit
  /// @param slowText that boundary as the page writes it
  /// @param next the next boundary above it
  /// @param soFar the 95th percentile since the service began, in seconds
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

    /// Those of the boundary above which a request is slow, in any of the ways in which it may be
    /// written: scrapers may write whole numbers otherwise than the page.
    String fast(String job) {
      String plain = NumberText.plain(slow);
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

  private static String selector(String metric, String job, List<String> matchers) {
    var all = new ArrayList<String>();
    all.add("job=\"" + job + "\"");
    all.addAll(matchers);
    return metric + "{" + String.join(",", all) + "}";
  }
}
