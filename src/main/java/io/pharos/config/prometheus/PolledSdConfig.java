package io.pharos.config.prometheus;

import io.pharos.config.http.HttpOptions;
import java.time.Duration;
import java.util.List;

/// A source of targets that is polled.
public sealed interface PolledSdConfig {
  /// The interval between polls, and the timeout of one.
  Duration refreshInterval();

  /// The sources to poll separately: one DNS name that does not resolve must not affect the others.
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

  /// An item of `http_sd_configs`: a server that returns target groups as JSON.
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
}
