package io.pharos.tap;

import io.pharos.limits.connections.Connections;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/// A metric family of a tap, independent of the output format. Its samples are always sorted.
record TapFamily(String name, Type type, String help, List<Sample> samples) {
  enum Type {
    COUNTER,
    GAUGE
  }

  /// @param labels alternating names and values
  record Sample(List<String> labels, double value) {}

  /// The durations of one label set.
  record Duration(List<String> labels, LatencyHistogram.Snapshot histogram) {}

  static final String DURATION = "pharos_tap_request_duration_seconds";
  static final String DURATION_HELP =
      "Time from the first byte of a request to the last byte of its answer, in seconds";

  private static final Comparator<TapMeters.Key> ORDER =
      Comparator.comparing(TapMeters.Key::path)
          .thenComparing(TapMeters.Key::method)
          .thenComparingInt(TapMeters.Key::status)
          .thenComparing(TapMeters.Key::code);

  static List<Duration> durations(TapMeters meters) {
    var sorted = new TreeMap<TapMeters.Key, LatencyHistogram>(ORDER);
    sorted.putAll(meters.durations);
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

  /// Returns all families except for the request durations. The request counts are computed from
  /// `durations`, so that they agree with the histograms.
  static List<TapFamily> of(TapMeters meters, List<Duration> durations) {
    return List.of(
        counter(
            "pharos_tap_requests_total",
            "Requests by route, status and envelope code",
            durations.stream()
                .map(it -> new Sample(it.labels(), (double) it.histogram().count()))
                .toList()),
        counter(
            "pharos_envelope_code_total",
            "Answers by the code in their JSON envelope; 0 is success",
            codes(durations)),
        counter(
            "pharos_tap_request_bytes_total",
            "Bytes of request bodies",
            sizes(meters, sizes -> sizes.requests.sum())),
        counter(
            "pharos_tap_response_bytes_total",
            "Bytes of response bodies",
            sizes(meters, sizes -> sizes.responses.sum())),
        gauge(
            "pharos_tap_requests_in_flight",
            "Open exchanges, including streams and WebSockets",
            meters.inFlight()),
        gauge("pharos_tap_connections", "Client connections", meters.connections.get()),
        counter(
            "pharos_tap_connections_closed_total",
            "Client connections that the tap closed or refused",
            reasons(Connections.Ending.values(), Connections.Ending::label, meters::endings)),
        gauge(
            "pharos_tap_config_last_reload_successful",
            "Whether the last reload of routes and certificates succeeded",
            meters.filesLoaded ? 1 : 0),
        counter(
            "pharos_tap_upstream_errors_total",
            "Requests with a missing or incomplete answer of the backend",
            reasons(UpstreamFault.values(), UpstreamFault::reason, meters::faults)),
        counter(
            "pharos_tap_passed_through_total",
            "Exchanges that were forwarded without inspection, or counted under a collective label",
            reasons(PassReason.values(), PassReason::reason, meters::passes)));
  }

  private static TapFamily counter(String name, String help, List<Sample> samples) {
    return new TapFamily(name, Type.COUNTER, help, samples);
  }

  private static TapFamily gauge(String name, String help, long value) {
    return new TapFamily(name, Type.GAUGE, help, List.of(new Sample(List.of(), (double) value)));
  }

  private static List<Sample> sizes(TapMeters meters, ToLongFunction<TapMeters.Sizes> size) {
    return meters.sizes.entrySet().stream()
        .sorted(
            Map.Entry.comparingByKey(
                Comparator.comparing(TapMeters.RouteKey::path)
                    .thenComparing(TapMeters.RouteKey::method)))
        .map(
            it ->
                new Sample(
                    List.of("method", it.getKey().method(), "path", it.getKey().path()),
                    (double) size.applyAsLong(it.getValue())))
        .toList();
  }

  private static <T> List<Sample> reasons(
      T[] all, Function<T, String> reason, ToLongFunction<T> count) {
    return Arrays.stream(all)
        .map(it -> new Sample(List.of("reason", reason.apply(it)), (double) count.applyAsLong(it)))
        .toList();
  }

  private static List<Sample> codes(List<Duration> durations) {
    var sums = new LinkedHashMap<List<String>, Long>();
    for (Duration duration : durations) {
      List<String> labels = duration.labels();
      if (!labels.get(7).isEmpty()) {
        var key = List.of("method", labels.get(1), "path", labels.get(3), "code", labels.get(7));
        sums.merge(key, duration.histogram().count(), Long::sum);
      }
    }
    return sums.entrySet().stream()
        .map(it -> new Sample(it.getKey(), (double) it.getValue()))
        .toList();
  }
}
