package io.pharos.tap;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The metrics of a tap as families, in a steady order, for both formats.
///
/// @param name of all samples
/// @param type as formats name it
record TapFamily(String name, Type type, String help, List<Sample> samples) {
  enum Type {
    COUNTER,
    GAUGE
  }

  /// @param labels names and values in turn
  record Sample(List<String> labels, double value) {}

  /// One label set of the durations.
  record Duration(List<String> labels, LatencyHistogram.Snapshot histogram) {}

  static final String DURATION = "pharos_tap_request_duration_seconds";
  static final String DURATION_HELP =
      "From the first byte of a request to the last of its answer, in seconds";

  private static final Comparator<TapMeters.Key> ORDER =
      Comparator.comparing(TapMeters.Key::path)
          .thenComparing(TapMeters.Key::method)
          .thenComparingInt(TapMeters.Key::status)
          .thenComparing(TapMeters.Key::code);

  private record CodeKey(String method, String path, String code) {}

  static List<Duration> durations(TapMeters meters) {
    var sorted = new TreeMap<TapMeters.Key, LatencyHistogram>(ORDER);
    sorted.putAll(meters.durations());
    var durations = new ArrayList<Duration>(sorted.size());
    sorted.forEach((key, value) -> durations.add(new Duration(labels(key), value.snapshot())));
    return durations;
  }

  private static List<String> labels(TapMeters.Key key) {
    return List.of(
        "method", key.method(),
        "path", key.path(),
        "status", Integer.toString(key.status()),
        "code", key.code());
  }

  /// All but the durations, which are given so that the counts agree.
  static List<TapFamily> of(TapMeters meters, List<Duration> durations) {
    var families = new ArrayList<TapFamily>();
    families.add(
        new TapFamily(
            "pharos_tap_requests_total",
            Type.COUNTER,
            "Requests by route, status and the code of the envelope",
            durations.stream()
                .map(it -> new Sample(it.labels(), (double) it.histogram().count()))
                .toList()));
    families.add(
        new TapFamily(
            "pharos_envelope_code_total",
            Type.COUNTER,
            "Answers by the code in their JSON envelope; 0 is success",
            codes(durations)));
    var requests = new ArrayList<Sample>();
    var responses = new ArrayList<Sample>();
    meters.sizes().entrySet().stream()
        .sorted(
            Map.Entry.comparingByKey(
                Comparator.comparing(TapMeters.RouteKey::path)
                    .thenComparing(TapMeters.RouteKey::method)))
        .forEach(
            entry -> {
              List<String> labels =
                  List.of("method", entry.getKey().method(), "path", entry.getKey().path());
              requests.add(new Sample(labels, (double) entry.getValue().requests.sum()));
              responses.add(new Sample(labels, (double) entry.getValue().responses.sum()));
            });
    families.add(
        new TapFamily(
            "pharos_tap_request_bytes_total",
            Type.COUNTER,
            "Bytes of the bodies of requests",
            requests));
    families.add(
        new TapFamily(
            "pharos_tap_response_bytes_total",
            Type.COUNTER,
            "Bytes of the bodies of answers",
            responses));
    families.add(
        new TapFamily(
            "pharos_tap_requests_in_flight",
            Type.GAUGE,
            "Requests that are under way, streams and WebSockets among them",
            List.of(new Sample(List.of(), (double) meters.inFlight()))));
    families.add(
        new TapFamily(
            "pharos_tap_connections",
            Type.GAUGE,
            "Connections of clients",
            List.of(new Sample(List.of(), (double) meters.connections()))));
    families.add(
        new TapFamily(
            "pharos_tap_connections_refused_total",
            Type.COUNTER,
            "Connections of clients that were closed for want of room",
            List.of(new Sample(List.of(), (double) meters.refusedConnections()))));
    families.add(
        new TapFamily(
            "pharos_tap_config_last_reload_successful",
            Type.GAUGE,
            "Whether the routes and certificates that hold are those of the files",
            List.of(new Sample(List.of(), meters.areFilesWell() ? 1 : 0))));
    var faults = new ArrayList<Sample>();
    for (UpstreamFault fault : UpstreamFault.values()) {
      faults.add(new Sample(List.of("reason", fault.reason()), (double) meters.faults(fault)));
    }
    families.add(
        new TapFamily(
            "pharos_tap_upstream_errors_total",
            Type.COUNTER,
            "Requests that the backend did not answer, or not to the end",
            faults));
    var passes = new ArrayList<Sample>();
    for (PassReason reason : PassReason.values()) {
      passes.add(new Sample(List.of("reason", reason.reason()), (double) meters.passes(reason)));
    }
    families.add(
        new TapFamily(
            "pharos_tap_passed_through_total",
            Type.COUNTER,
            "What went by without having been looked at, or counted under its own name",
            passes));
    return families;
  }

  private static List<Sample> codes(List<Duration> durations) {
    var sums = new LinkedHashMap<CodeKey, Long>();
    for (Duration duration : durations) {
      String code = duration.labels().get(7);
      if (!code.isEmpty()) {
        sums.merge(
            new CodeKey(duration.labels().get(1), duration.labels().get(3), code),
            duration.histogram().count(),
            Long::sum);
      }
    }
    return sums.entrySet().stream()
        .map(
            entry ->
                new Sample(
                    List.of(
                        "method", entry.getKey().method(),
                        "path", entry.getKey().path(),
                        "code", entry.getKey().code()),
                    (double) entry.getValue()))
        .toList();
  }
}
