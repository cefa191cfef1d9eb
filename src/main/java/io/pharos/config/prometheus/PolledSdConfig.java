package io.pharos.config.prometheus;

import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.HttpReader;
import io.pharos.config.http.UrlReader;
import io.pharos.config.yaml.Problems;
import io.pharos.config.yaml.Suggestion;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.Quoted;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// A source of targets that is queried at an interval.
public sealed interface PolledSdConfig {
  /// Returns the interval between requests, which is also the timeout of each request.
  Duration refreshInterval();

  /// Returns the sources to poll separately, one for each DNS name, so that a name that can't be
  /// resolved does not affect the others.
  default List<PolledSdConfig> each() {
    return switch (this) {
      case OverHttp http -> List.of(http);
      case OverDns dns ->
          dns.names().stream()
              .<PolledSdConfig>map(
                  name -> new OverDns(List.of(name), dns.type(), dns.port(), dns.refreshInterval()))
              .toList();
    };
  }

  /// An item of `http_sd_configs`: a URL that returns target groups as JSON.
  record OverHttp(String url, HttpOptions http, Duration refreshInterval)
      implements PolledSdConfig {}

  /// An item of `dns_sd_configs`: names whose records are targets.
  ///
  /// @param port port of the targets; ignored for SRV records, which contain one
  record OverDns(List<String> names, RecordType type, int port, Duration refreshInterval)
      implements PolledSdConfig {
    public OverDns {
      names = List.copyOf(names);
    }
  }

  /// The supported record types.
  enum RecordType {
    SRV,
    A,
    AAAA,
    MX,
    NS
  }

  /// Reads `http_sd_configs` and `dns_sd_configs`.
  static List<PolledSdConfig> read(YamlMap job, HttpReader http, Problems problems) {
    return Stream.concat(
            problems
                .list(job, "http_sd_configs", item -> http(item.asMap(), http, problems))
                .stream(),
            problems.list(job, "dns_sd_configs", item -> dns(item.asMap())).stream())
        .toList();
  }

  private static PolledSdConfig http(YamlMap map, HttpReader http, Problems problems) {
    YamlValue url = map.require("url");
    UrlReader.check(url, url.asString());
    HttpOptions options = http.readKeys(map, problems);
    Duration refresh = refresh(map, Duration.ofMinutes(1));
    map.finish();
    return new OverHttp(url.asString(), options, refresh);
  }

  private static PolledSdConfig dns(YamlMap map) {
    List<String> names = map.list("names", PolledSdConfig::name);
    if (names.isEmpty()) {
      throw map.error("expected at least one name under names");
    }
    RecordType type = map.get("type").map(PolledSdConfig::type).orElse(RecordType.SRV);
    int port = map.get("port").map(PolledSdConfig::port).orElse(0);
    if (port == 0 && type != RecordType.SRV) {
      throw map.error("expected a port: records of type " + type + " contain none");
    }
    Duration refresh = refresh(map, Duration.ofSeconds(30));
    map.finish();
    return new OverDns(names, type, port, refresh);
  }

  private static String name(YamlValue value) {
    String name = value.asString();
    if (name.isEmpty() || name.length() > 255 || name.chars().anyMatch(c -> c <= ' ' || c > '~')) {
      throw value.error("expected a DNS name, found " + Quoted.of(name));
    }
    return name;
  }

  private static RecordType type(YamlValue value) {
    String text = value.asString();
    List<String> known = Arrays.stream(RecordType.values()).map(Enum::name).toList();
    String name = text.toUpperCase(Locale.ROOT);
    if (!known.contains(name)) {
      throw value.error(
          "expected one of %s, found %s%s"
              .formatted(String.join(", ", known), Quoted.of(text), Suggestion.of(name, known)));
    }
    return RecordType.valueOf(name);
  }

  private static int port(YamlValue value) {
    int port = value.asInt();
    if (port < 1 || port > 65_535) {
      throw value.error("expected a port from 1 to 65535, found " + port);
    }
    return port;
  }

  private static Duration refresh(YamlMap map, Duration defaultValue) {
    Duration refresh = map.duration("refresh_interval", defaultValue);
    return refresh.isZero() ? defaultValue : refresh;
  }
}
