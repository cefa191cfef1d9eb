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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// Reads `http_sd_configs` and `dns_sd_configs`.
final class PolledSdReader {
  private static final Duration HTTP_REFRESH = Duration.ofMinutes(1);
  private static final Duration DNS_REFRESH = Duration.ofSeconds(30);
  private static final int MOST_PORT = 65_535;

  private final HttpReader http;
  private final Problems problems;

  PolledSdReader(HttpReader http, Problems problems) {
    this.http = http;
    this.problems = problems;
  }

  List<PolledSdConfig> read(YamlMap job) {
    var configs = new ArrayList<PolledSdConfig>();
    for (YamlValue item : problems.items(job, "http_sd_configs")) {
      problems.check(() -> configs.add(http(item.asMap())));
    }
    for (YamlValue item : problems.items(job, "dns_sd_configs")) {
      problems.check(() -> configs.add(dns(item.asMap())));
    }
    return configs;
  }

  private PolledSdConfig http(YamlMap map) {
    YamlValue url = map.require("url");
    UrlReader.check(url, url.asString());
    HttpOptions options = http.readKeys(map, problems);
    Duration refresh = refresh(map, HTTP_REFRESH);
    map.finish();
    return new PolledSdConfig.OverHttp(url.asString(), options, refresh);
  }

  private static PolledSdConfig dns(YamlMap map) {
    List<String> names = map.list("names", PolledSdReader::name);
    if (names.isEmpty()) {
      throw map.error("expected at least one name under names");
    }
    PolledSdConfig.RecordType type =
        map.get("type").map(PolledSdReader::type).orElse(PolledSdConfig.RecordType.SRV);
    int port = map.get("port").map(PolledSdReader::port).orElse(0);
    if (port == 0 && type != PolledSdConfig.RecordType.SRV) {
      throw map.error("expected a port: records of type " + type + " have none");
    }
    Duration refresh = refresh(map, DNS_REFRESH);
    map.finish();
    return new PolledSdConfig.OverDns(names, type, port, refresh);
  }

  private static String name(YamlValue value) {
    String name = value.asString();
    if (name.isEmpty() || name.length() > 255 || name.chars().anyMatch(c -> c <= ' ' || c > '~')) {
      throw value.error("expected a DNS name, found " + Quoted.of(name));
    }
    return name;
  }

  private static PolledSdConfig.RecordType type(YamlValue value) {
    String text = value.asString();
    List<String> known = Arrays.stream(PolledSdConfig.RecordType.values()).map(Enum::name).toList();
    String name = text.toUpperCase(Locale.ROOT);
    if (!known.contains(name)) {
      throw value.error(
          "expected one of %s, found %s%s"
              .formatted(String.join(", ", known), Quoted.of(text), Suggestion.of(name, known)));
    }
    return PolledSdConfig.RecordType.valueOf(name);
  }

  private static int port(YamlValue value) {
    int port = value.asInt();
    if (port < 1 || port > MOST_PORT) {
      throw value.error("expected a port from 1 to " + MOST_PORT + ", found " + port);
    }
    return port;
  }

  private static Duration refresh(YamlMap map, Duration defaultValue) {
    Duration refresh = map.duration("refresh_interval", defaultValue);
    return refresh.isZero() ? defaultValue : refresh;
  }
}
